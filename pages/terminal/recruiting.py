"""Commands around recruitment: personal links for a list of people, and others in their place."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pages.terminal.command import By, StudyArgument, plainly
from study.database import open_database
from study.errors import AtelierError
from study.personal_links import make_links, make_numbered_links, renew, renew_unused
from study.plain_csv import as_csv, read_ids
from study.settings import Settings, load_settings
from study.signature import signature


@plainly
def links(
    study: StudyArgument,
    ids: Annotated[str, typer.Argument(help="A CSV file with a column `id`, or how many links to make")],
    to: Annotated[Path, typer.Option(help="Where to write the links; they cannot be shown again")],
    by: By = "",
) -> None:
    """Make a personal link for each person; each lets one in."""
    settings = load_settings()
    engine = open_database(settings.database)
    if ids.isdigit():
        _written(settings, to, lambda: make_numbered_links(engine, study, int(ids), signature(by)))
    else:
        _written(settings, to, lambda: make_links(engine, study, _ids(Path(ids)), signature(by)))


@plainly
def renew_links(
    study: StudyArgument,
    person: Annotated[str, typer.Argument(help="The id of one person; without it, all whose link is unused")] = "",
    *,
    to: Annotated[Path, typer.Option(help="Where to write the links; they cannot be shown again")],
    by: By = "",
) -> None:
    """Make other links in the place of those that were lost or revoked; they lead where the old ones led."""
    settings = load_settings()
    engine = open_database(settings.database)
    if person:
        _written(settings, to, lambda: renew(engine, study, person, signature(by)))
    else:
        _written(settings, to, lambda: renew_unused(engine, study, signature(by)))


def _written(settings: Settings, to: Path, make: Callable[[], list[tuple[str, str]]]) -> None:
    """Make links and write them into a file for its owner alone."""
    if to.exists():
        raise AtelierError(f"{to} is there already. Name another file with --to.")
    try:
        to.touch(mode=0o600)  # before any link is made: one that cannot be written is lost
    except OSError as error:
        raise AtelierError(f"{to} cannot be written ({error.strerror}). Name another file with --to.") from error
    try:
        made = make()
    except AtelierError:
        to.unlink()
        raise
    base = (settings.host_url or "http://localhost:8501").rstrip("/")
    to.write_bytes(as_csv(("id", "link"), [(person, f"{base}/i/{token}") for person, token in made]))
    count = "1 link" if len(made) == 1 else f"{len(made)} links"
    print(f"Written: {to}, {count}. Whoever has the file can take part in their place; keep it to yourself.")


def _ids(file: Path) -> list[str]:
    try:
        return read_ids(file.read_bytes(), file.name)
    except OSError as error:
        raise AtelierError(f"{file} cannot be read ({error.strerror}). Check its name.") from error
