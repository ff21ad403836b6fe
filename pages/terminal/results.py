"""Commands about when outcomes by condition may be seen: unseal them with a reason, seal them again."""

from typing import Annotated

import typer

from pages.terminal.command import By, StudyArgument, plainly
from study import sealing
from study.database import open_database
from study.settings import load_settings
from study.signature import signature


@plainly
def unseal(
    study: StudyArgument,
    reason: Annotated[str, typer.Option(help="Why now; every report says it on its first page")],
    by: By = "",
) -> None:
    """Show outcomes by condition although the study still collects; your name and the reason are stored."""
    engine = open_database(load_settings().database)
    sealing.unseal(engine, study, reason, signature(by))
    print("\n".join(sealing.sentences(sealing.seal_of(engine, study))))


@plainly
def seal(study: StudyArgument, by: By = "") -> None:
    """Hide outcomes by condition again, after they were unsealed; every report goes on saying that somebody looked."""
    engine = open_database(load_settings().database)
    sealing.seal_again(engine, study, signature(by))
    print("\n".join(sealing.sentences(sealing.seal_of(engine, study))))
