"""Commands around recruitment: personal links for a list of people."""

from pathlib import Path
from typing import Annotated

import typer

from pages.terminal.command import By, StudyArgument, plainly
from study.database import open_database
from study.errors import AtelierError
from study.personal_links import make_links, make_numbered_links
from study.plain_csv import as_csv, read_ids
from study.settings import load_settings
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
    if to.exists():
        raise AtelierError(f"{to} is there already. Name another file with --to.")
    try:
        to.touch(mode=0o600)  # before any link is made: one that cannot be written is lost
    except OSError as error:
        raise AtelierError(f"{to} cannot be written ({error.strerror}). Name another file with --to.") from error
    try:
        made = (
            make_numbered_links(engine, study, int(ids), signature(by))
            if ids.isdigit()
            else make_links(engine, study, _ids(Path(ids)), signature(by))
        )
    except AtelierError:
        to.unlink()
        raise
    base = (settings.host_url or "http://localhost:8501").rstrip("/")
    to.write_bytes(as_csv(("id", "link"), [(person, f"{base}/i/{token}") for person, token in made]))
    print(f"Written: {to}, {len(made)} links. Whoever has the file can take part in their place; keep it to yourself.")


def _ids(file: Path) -> list[str]:
    try:
        return read_ids(file.read_bytes(), file.name)
    except OSError as error:
        raise AtelierError(f"{file} cannot be read ({error.strerror}). Check its name.") from error
