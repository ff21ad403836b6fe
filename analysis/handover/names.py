"""Names of columns that R, JASP and jamovi take as they are."""

import re
from collections.abc import Iterable

RESERVED = (
    "if", "else", "repeat", "while", "function", "for", "next", "break", "in",
    "TRUE", "FALSE", "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_character_", "NA_complex_",
)  # fmt: skip


def r_name(name: str) -> str:
    """The name as R's `make.names(name)` leaves it, for names in ASCII; other letters become dots."""
    made = re.sub(r"[^A-Za-z0-9._]", ".", name)
    if not re.match(r"[A-Za-z]|\.(?![0-9])", made):
        made = f"X{made}"
    return f"{made}." if made in RESERVED else made


def r_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Each name with the one that its column gets: as `r_name` says, and a number behind it where that is taken already."""
    used, found = set(taken), {}
    for name in dict.fromkeys(names):
        made, number = r_name(name), 0
        while made in used:
            number += 1
            made = f"{r_name(name)}.{number}"
        used.add(made)
        found[name] = made
    return found
