"""Where the tasks, instruments and translations of a study come from: its own files first, then a folder of the installation.

Files go by paths such as `tasks/trip.yaml`. A path that is of another form names no file, so that nothing else is ever read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from study.errors import Problem
from study.languages import TAG
from study.yaml_file import Document, parse_yaml, read_yaml

Kind = Literal["tasks", "instruments", "translations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Source = Literal["own", "installation", "nowhere"]
STEM = re.compile(r"[a-z][a-z0-9_]{0,59}")
PATH = re.compile(rf"(?:tasks|instruments)/{STEM.pattern}\.yaml|translations/[a-z][a-z0-9_]{{0,99}}\.{TAG}\.yaml")
"""As a protocol names its files: by an id, or by its own id and a language."""
LONGEST_PATH = 150


@dataclass(frozen=True)
class Shelf:
    """What a protocol may name. `own`: path → text, of the study alone; each takes the place of the folder's."""

    folder: Path
    own: Mapping[str, str] = field(default_factory=dict)

    def stems(self, kind: Kind) -> list[str]:
        """What there is of a kind, without folder and ending."""
        own = {Path(path).stem for path in self.own if path.startswith(f"{kind}/")}
        return sorted(own | {file.stem for file in (self.folder / kind).glob("*.yaml")})

    def source(self, path: str) -> Source:
        """Whose file it is that stands for this path."""
        if path in self.own:
            return "own"
        return "installation" if is_path(path) and (self.folder / path).exists() else "nowhere"

    def leads_out(self, path: str) -> bool:
        """Whether the folder's file is a link to somewhere else."""
        file = self.folder / path
        return path not in self.own and file.resolve().parent != file.parent.resolve()

    def document(self, path: str, problems: list[Problem]) -> Document | None:
        """What a file says; None after adding what is wrong with it to `problems`."""
        if path in self.own:
            return parse_yaml(self.own[path].encode("utf-8", "surrogatepass"), path, problems)
        return read_yaml(self.folder / path, path, problems)

    def text(self, path: str) -> str | None:
        """A file as it is written; None where there is none that may be read."""
        source = self.source(path)
        if source == "own":
            return self.own[path]
        if source == "nowhere" or self.leads_out(path):
            return None
        file = self.folder / path
        return file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else None


def shelf_of(place: Shelf | Path) -> Shelf:
    """A folder as a shelf without files of a study's own."""
    return place if isinstance(place, Shelf) else Shelf(place)


def is_path(path: str) -> bool:
    """Whether a file may be called so."""
    return len(path) <= LONGEST_PATH and PATH.fullmatch(path) is not None


def kind_of(path: str) -> Kind:
    """The kind of file that a path names."""
    return next(kind for kind in KINDS if path.startswith(f"{kind}/"))


def language_of(path: str) -> str:
    """The language of a translation, by its path."""
    return Path(path).stem.partition(".")[2]
