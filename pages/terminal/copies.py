"""Commands that make copies: a backup of everything, a study as one file, a study once more."""

from pathlib import Path
from typing import Annotated

import typer

from pages.terminal.command import By, StudyArgument, plainly
from study.advance import advancing
from study.database import open_database
from study.settings import load_settings
from study.signature import signature


@plainly
def backup(to: Annotated[Path, typer.Option(help="Where to write the file")]) -> None:
    """Back up the record and the files beside it into one file; people may go on meanwhile."""
    from study.backup import back_up

    settings = load_settings()
    with advancing() as advance:
        rows = back_up(open_database(settings.database), settings.data_dir, to, advance)
    print(f"Written: {to} ({rows:,} rows). It holds everybody's data; keep it safe.")


@plainly
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")],
    into: Annotated[Path | None, typer.Option(help="An empty data folder, where not that of the settings")] = None,
) -> None:
    """Put a backup into an empty installation, SQLite or PostgreSQL, whichever it is of."""
    from study.backup import restore as put_back

    settings = load_settings()
    if into:
        into.mkdir(parents=True, exist_ok=True)
        settings = settings.model_copy(update={"data_dir": into})
    with advancing() as advance:
        rows = put_back(open_database(settings.database), settings.data_dir, file, advance)
    print(f"Restored: {rows:,} rows. The index is made anew when the app starts.")


@plainly
def pack(
    study: StudyArgument,
    to: Annotated[Path | None, typer.Option(help="Where to write the file")] = None,
    sessions: Annotated[bool, typer.Option("--sessions", help="With everybody's sessions: personal data")] = False,
    by: By = "",
) -> None:
    """Write a study as one file: every version of its protocol with all that it includes."""
    from study.packing import pack as write

    target = to or Path(f"{study}.atelier.zip")
    print(f"Written: {write(open_database(load_settings().database), study, target, sessions, signature(by))}")


@plainly
def unpack(file: Annotated[Path, typer.Argument(help="A file that `pack` wrote")], by: By = "") -> None:
    """Make a study of a file that `pack` wrote, as a draft."""
    from memory.mechanisms.registry import parameter_models
    from study.packing import unpack as read

    study = read(open_database(load_settings().database), file, parameter_models(), signature(by))
    print(f"A draft: {study.title}. Its id is {study.id}.")


@plainly
def duplicate(study: StudyArgument, by: By = "") -> None:
    """Make the same study once more, as a draft without participants."""
    from study.packing import duplicate as copy

    made = copy(open_database(load_settings().database), study, signature(by))
    print(f"A draft: {made.title}. Its id is {made.id}.")
