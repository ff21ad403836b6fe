"""Finds a Chromium for the browser tests, or installs one; run by `make test`."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find() -> str | None:
    """The path of an installed Chromium or Chrome; None when Playwright's own must be used."""
    named = os.environ.get("ATELIER_CHROMIUM")
    found = [named] if named else [path for name in NAMES if (path := shutil.which(name))]
    return next(iter(found), MAC if os.path.exists(MAC) else None)


def install() -> None:
    """Debian's chromium where apt-get is available and allowed, else Playwright's."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], check=True, stdout=subprocess.DEVNULL, env=quiet
        )
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__" and find() is None:
    print("No Chromium found: installing one for the browser tests.")
    install()
