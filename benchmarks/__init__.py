"""Measurements; each module is a command: `python -m benchmarks.load`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the wire client and the server
