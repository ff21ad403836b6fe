"""How what is done by a command is signed."""

import getpass
import os

SIGNED_IN = "ATELIER_SIGNED_IN"
"""Tells a command that a page started who is signed in there."""


def signature(name: str = "") -> str:
    """The researcher for whom a page started this command; else `terminal:` and the name given, or that of the account.

    Nobody can sign in under a name with a colon, so the two are never mistaken for each other.
    """
    if signed_in := os.environ.get(SIGNED_IN):
        return signed_in
    try:
        return f"terminal:{name.strip() or getpass.getuser()}"
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "terminal:unknown"
