"""Commands about what a study collected: hand it out, erase somebody, and how long it is kept."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from pages.terminal.command import By, ProgressFile, StudyArgument, plainly
from study.advance import advancing
from study.database import is_unclean, open_database
from study.settings import load_settings
from study.signature import signature

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]


@plainly
def export(
    study: StudyArgument,
    to: Annotated[Path | None, typer.Option(help="Where to write the ZIP")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Only sessions that ended so; may be given again")] = None,
    who: Annotated[str, typer.Option(help="all, people or simulated")] = "all",
    since: Annotated[str, typer.Option(help="Only who began on this day or later: 2026-03-31 (UTC)")] = "",
    until: Annotated[str, typer.Option(help="Only who began on this day or earlier")] = "",
    version: Annotated[
        list[int] | None, typer.Option(help="Only this version of the protocol; may be given again")
    ] = None,
    identifiers: Annotated[bool, typer.Option("--identifiers", help="With platform ids: personal data")] = False,
    keep: Annotated[bool, typer.Option("--keep", hidden=True)] = False,
    by: By = "",
    progress_file: ProgressFile = None,
) -> None:
    """Write one ZIP with every table of a study as CSV and Parquet."""
    with advancing(progress_file) as advance:
        from analysis.exporting import Asked, make_export, make_kept_export
        from study.records import load_record
        from study.selection import selection

        asked = Asked(selection(status or (), who, since, until, version or ()), identifiers)
        settings = load_settings()
        record = load_record(open_database(settings.database), study)
        if keep:
            written = make_kept_export(record, settings.data_dir, asked, signature(by), advance)
        else:
            written = make_export(record, to or Path(f"{study}.zip"), asked, signature(by), advance)
    print(f"Written: {written}")


@plainly
def erase(
    study: StudyArgument,
    participant: Annotated[str, typer.Argument(help="Pseudonym, e.g. P007, the id they came with, or their link")],
    yes: Yes = False,
    by: By = "",
) -> None:
    """Remove all that a participant left, for good: record, index, reports and exports. A count of it stays."""
    from memory.index import open_index
    from study import erasing

    settings = load_settings()
    engine = open_database(settings.database)
    row = erasing.find(engine, study, participant)
    print("\n".join(erasing.warnings(engine, row)))
    if not yes and typer.prompt(f"To erase {row.participant} for good, type {row.participant}") != row.participant:
        print("Nothing was erased.")
        return
    with closing(open_index(settings)) as index:
        done = erasing.erase(engine, settings.data_dir, row, signature(by), index.forget)
    print(erasing.said(row.participant, done))


@plainly
def delete_study(study: StudyArgument, yes: Yes = False, by: By = "") -> None:
    """Delete a whole study for good: sessions, protocol, index, reports and exports. That there was one stays on record."""
    from memory.index import open_index
    from study import deleting

    settings = load_settings()
    engine = open_database(settings.database)
    print("\n".join(deleting.warnings(engine, study)))
    if not yes and typer.prompt(f"To delete {study} for good, type {study}") != study:
        print("Nothing was deleted.")
        return
    with closing(open_index(settings)) as index:
        done = deleting.delete_study(engine, settings.data_dir, study, signature(by), index.forget)
    print(done.said)


@plainly
def retention(
    study: Annotated[str, typer.Argument(help="Erase the people of this study, whose last day is over")] = "",
    yes: Yes = False,
    by: By = "",
) -> None:
    """List until when data may be kept; with a study, erase all its people once that day is over."""
    from memory.index import open_index
    from study.erasing import STILL_READ
    from study.keeping import erase_everybody, retentions

    settings = load_settings()
    engine = open_database(settings.database)
    found = [one for one in retentions(engine) if study in ("", one.study_id)]
    print("\n".join(f"{one.study_id}: {one.said}" for one in found) or "No study has a last day for its data.")
    if not study:
        return
    if not yes and typer.prompt(f"To erase all people of {study} for good, type {study}") != study:
        print("Nothing was erased.")
        return
    with closing(open_index(settings)) as index, advancing() as advance:
        count = erase_everybody(engine, settings.data_dir, study, signature(by), index.forget, advance)
    print(f"{count} people are erased.")
    if is_unclean(engine):
        print(STILL_READ)


@plainly
def keep(
    study: StudyArgument,
    until: Annotated[str, typer.Option(help="The last day on which people's data may be here; none: no such day")],
    erase_own: Annotated[bool, typer.Option(help="Whether participants who left may erase their own data")] = False,
    by: By = "",
) -> None:
    """Decide until when the data of a study may be kept, and whether participants may erase their own."""
    from study.keeping import set_keeping
    from study.selection import day

    last = None if until.strip() == "none" else day(until)
    set_keeping(open_database(load_settings().database), study, last, erase_own, signature(by))
    print(f"Kept until {last}." if last else "There is no last day.")
