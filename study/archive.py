"""One file that holds others, made here or uploaded: nothing in it is believed before it was checked.

A ZIP with `manifest.json`, which names every other member with the SHA-256 of its bytes. Members are read, never
extracted by their own names, so that no name can lead out of a folder; sizes are counted while reading.
"""

import hashlib
import json
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from study.errors import AtelierError

MANIFEST = "manifest.json"
MAX_MANIFEST = 10_000_000
CHUNK = 1 << 20
EPOCH = (1980, 1, 1, 0, 0, 0)


class ArchiveInvalid(AtelierError):
    """A file that is not what it should be; nothing was taken from it."""


class Writing:
    """An archive that is being made."""

    def __init__(self, file: zipfile.ZipFile, about: dict[str, Any]) -> None:
        self._file, self._about, self._hashes = file, about, dict[str, str]()

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """One member, in parts, so that it need not fit into memory."""
        digest = hashlib.sha256()
        with self._file.open(_entry(name), "w", force_zip64=True) as out:
            for part in parts:
                digest.update(part)
                out.write(part)
        self._hashes[name] = digest.hexdigest()

    def finish(self) -> None:
        """The manifest, as the last one."""
        text = json.dumps({**self._about, "members": self._hashes}, indent=1, sort_keys=True, ensure_ascii=False)
        self._file.writestr(_entry(MANIFEST), text.encode())


@contextmanager
def writing_archive(target: Path, kind: str, **about: Any) -> Iterator[Writing]:
    """Make an archive beside its place and move it there when it is whole; only its owner can read it."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise AtelierError(f"{target} cannot be written ({error.strerror}). Name another file with --to.") from error
    try:
        with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
            made = Writing(file, {"kind": kind, "format": 1, **about})
            yield made
            made.finish()
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Reading:
    """An archive whose members are all there, unchanged, and no others. `about`: what its manifest says."""

    def __init__(self, file: zipfile.ZipFile, about: dict[str, Any], max_bytes: int) -> None:
        self._file, self.about, self._max = file, about, max_bytes

    @property
    def names(self) -> list[str]:
        """Every member but the manifest."""
        return sorted(self.about["members"])

    def parts(self, name: str) -> Iterator[bytes]:
        """A member in parts. Raises ArchiveInvalid when it is damaged or larger than allowed."""
        try:
            with self._file.open(name) as held:
                while part := held.read(CHUNK):
                    yield part
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
            raise ArchiveInvalid(f"{name} in the file is damaged ({error}). Use another copy of it.") from error

    def bytes(self, name: str) -> bytes:
        """A whole member."""
        return b"".join(self.parts(name))

    def lines(self, name: str) -> Iterator[Any]:
        """A member that holds one JSON value in each line."""
        left = b""
        for part in self.parts(name):
            *whole, left = (left + part).split(b"\n")
            yield from map(json.loads, whole)
        if left:
            yield json.loads(left)

    def check(self) -> None:
        """Every member has the bytes that the manifest says, and all together are not too many."""
        total = 0
        for name, expected in self.about["members"].items():
            digest = hashlib.sha256()
            for part in self.parts(name):
                total += len(part)
                if total > self._max:
                    raise ArchiveInvalid(f"The file holds more than {self._max // 1_000_000} MB and is not read.")
                digest.update(part)
            if digest.hexdigest() != expected:
                raise ArchiveInvalid(f"{name} in the file is not what was put there. Use another copy of it.")


@contextmanager
def reading_archive(source: Path | IO[bytes], kind: str, max_bytes: int) -> Iterator[Reading]:
    """Open an archive of this kind once everything in it is checked. Raises ArchiveInvalid saying what is wrong."""
    try:
        file = zipfile.ZipFile(source)
    except FileNotFoundError as error:
        raise ArchiveInvalid(f"There is no file {source}.") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ArchiveInvalid(f"This is no archive of Atelier: it cannot be read as a ZIP ({error}).") from error
    with file:
        _check_names(file, max_bytes)
        found = Reading(file, _manifest(file, kind), max_bytes)
        found.check()
        yield found


def _check_names(file: zipfile.ZipFile, max_bytes: int) -> None:
    names = file.namelist()
    if len(names) != len(set(names)):
        raise ArchiveInvalid("The file holds two members of the same name, and is not read.")
    for entry in file.infolist():
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        if not is_plain(name) or kind not in (0, stat.S_IFREG):
            raise ArchiveInvalid(f"The file holds '{name[:80]}', which is no plain file in a folder of its own.")
        if entry.flag_bits & 1:
            raise ArchiveInvalid("The file is locked with a password; make one without.")
    if sum(entry.file_size for entry in file.infolist()) > max_bytes + MAX_MANIFEST:
        raise ArchiveInvalid(f"The file holds more than {max_bytes // 1_000_000} MB and is not read.")


def is_plain(name: str) -> bool:
    """Whether a name stays in the folder in which it is put."""
    path = PurePosixPath(name)
    return bool(name) and not (
        path.is_absolute() or ".." in path.parts or str(path) != name or any(c in name for c in "\\:\0")
    )


def _manifest(file: zipfile.ZipFile, kind: str) -> dict[str, Any]:
    try:
        entry = file.getinfo(MANIFEST)
        if entry.file_size > MAX_MANIFEST:
            raise ArchiveInvalid("The manifest of the file is too large, and is not read.")
        about = json.loads(file.read(MANIFEST))
        members = about["members"]
        told = {str(name): str(digest) for name, digest in members.items()}
    except ArchiveInvalid:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
        raise ArchiveInvalid(f"This is no archive of Atelier: it has no readable {MANIFEST}.") from error
    if about.get("kind") != kind:
        raise ArchiveInvalid(f"This file is no {kind} of Atelier, but: {str(about.get('kind'))[:40]}.")
    if about.get("format") != 1:
        raise ArchiveInvalid("This file was made by a newer version of Atelier. Install that one, and try again.")
    inside = set(file.namelist()) - {MANIFEST}
    if extra := sorted(inside ^ set(told)):
        raise ArchiveInvalid(f"What the file holds and what its manifest names differ: '{extra[0][:80]}'.")
    return {**about, "members": told}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.create_system, entry.external_attr, entry.compress_type = 3, 0o600 << 16, zipfile.ZIP_DEFLATED
    return entry
