"""A protocol that somebody hands over: one YAML file, or a ZIP of it with tasks, instruments and translations of its own.

Members are read one by one and never extracted, so that no name leads out of a folder; sizes are counted while reading.
"""

import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from study.archive import is_plain
from study.draft import decoded
from study.errors import AtelierError
from study.shelf import KINDS, is_path
from study.study_files import MOST_FILES
from study.yaml_file import MAX_BYTES

MAX_UPLOAD = 5_000_000
MAX_CONTENT = 20_000_000
PROTOCOL = "protocol.yaml"
YAML = (".yaml", ".yml")
OF_FILE_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db")
"""What computers put into a ZIP unasked; passed over."""


@dataclass(frozen=True)
class Upload:
    """What was handed over. `files`: path → text of those beside the protocol."""

    name: str
    text: str
    files: dict[str, str] = field(default_factory=dict)


def read_upload(name: str, data: bytes) -> Upload:
    """The protocol and the files beside it. Raises AtelierError saying what is wrong with them; nothing was made then."""
    if not name.lower().endswith(".zip"):
        return Upload(name, decoded(name, data))
    if len(data) > MAX_UPLOAD:
        raise AtelierError(f"{name} is larger than {MAX_UPLOAD // 10**6} MB and is not read.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            held = dict(_members(file))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise AtelierError(f"{name} cannot be read as a ZIP ({error}). Make it anew.") from error
    held = _without_top_folder(held)
    top = [one for one in held if "/" not in one and one.endswith(YAML)]
    if not top or (len(top) > 1 and PROTOCOL not in top):
        count = f"{len(top)} YAML files" if top else "no YAML file"
        raise AtelierError(f"{name} has {count} at its top. Put the protocol there and call it {PROTOCOL}.")
    protocol = PROTOCOL if PROTOCOL in top else top[0]
    beside = {one: text for one, text in held.items() if one != protocol}
    _refuse_others(list(beside), protocol)
    return Upload(protocol, held[protocol], beside)


def _members(file: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(name, text) of every file in it; folders have none."""
    seen, total = set[str](), 0
    for entry in file.infolist():
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        if any(part in OF_FILE_SYSTEMS for part in PurePosixPath(name).parts):
            continue
        if not is_plain(name.removesuffix("/")) or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise AtelierError(f"The file holds '{name[:80]}', which is no plain file in a folder of its own.")
        if entry.is_dir():
            continue
        if name in seen or len(seen) > MOST_FILES:
            why = "two files of the same name" if name in seen else f"more than {MOST_FILES} files"
            raise AtelierError(f"The file holds {why}, and is not read.")
        if entry.flag_bits & 1:
            raise AtelierError("The file is locked with a password; make one without.")
        seen.add(name)
        if not name.endswith(YAML):
            raise AtelierError(f"The file holds '{name[:80]}', which is no YAML. {_ONLY}")
        text = decoded(name, _read(file, entry))
        if (total := total + len(text)) > MAX_CONTENT:
            raise AtelierError(f"The file holds more than {MAX_CONTENT // 10**6} MB and is not read.")
        yield name, text


def _read(file: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One byte more than a file may have tells that it has too many, whatever its header says."""
    with file.open(entry) as held:
        return held.read(MAX_BYTES + 1)


def _without_top_folder(held: dict[str, str]) -> dict[str, str]:
    """The same from the one folder in which all of it lies, if it does."""
    tops = {name.partition("/")[0] for name in held}
    if len(tops) != 1 or not all("/" in name for name in held) or tops & set(KINDS):
        return held
    return {name.partition("/")[2]: text for name, text in held.items()}


def _refuse_others(paths: list[str], protocol: str) -> None:
    for path in paths:
        if not is_path(path):
            raise AtelierError(f"The file holds '{path[:80]}' beside {protocol}, which is none of its files. {_ONLY}")


_ONLY = (
    "A study is a protocol with tasks/<id>.yaml, instruments/<id>.yaml and translations/<protocol id>.<language>.yaml; "
    "take out what else there is. Nothing was made."
)
