"""Commands about a protocol file: check it, translate it, plan with it, register it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pages.terminal.command import ProgressFile, plainly
from study.advance import advancing
from study.database import open_database
from study.errors import AtelierError, ProtocolInvalid
from study.settings import load_settings

FileOrStudy = Annotated[str, typer.Argument(help="A protocol file (YAML), or the id of a study")]
Draft = Annotated[bool, typer.Option("--draft", help="Of a study: its draft, not what new participants get")]


def in_order(protocol: Path) -> Any:
    """The protocol in a file, when everything about it is in order. Raises ProtocolInvalid."""
    from analysis.measures import unknown_measures
    from memory.mechanisms.registry import parameter_models
    from study.protocol_file import load_protocol

    loaded = load_protocol(protocol, parameter_models())
    if unknown := unknown_measures(loaded, protocol.name):
        raise ProtocolInvalid(unknown)
    return loaded


def asked_for(named: str, draft: bool) -> Any:
    """The protocol in a file or, by the id of a study, what it gives new participants, or its draft.

    Raises NotFound, ProtocolInvalid, and AtelierError for a draft that has problems.
    """
    from analysis.measures import unknown_measures
    from memory.mechanisms.registry import parameter_models
    from study.draft import check as checked
    from study.drafts import open_draft
    from study.settings import ROOT
    from study.shelf import Shelf
    from study.studies import get_study, protocol_of

    if Path(named).suffix in (".yaml", ".yml"):
        if draft:
            raise AtelierError("--draft is for the draft of a study: give the study's id, and no file.")
        return in_order(Path(named))
    engine = open_database(load_settings().database)
    own = protocol_of(get_study(engine, named))
    if not draft:
        return own
    opened = open_draft(engine, named)
    shelf = Shelf(ROOT / "protocols", opened.files)
    found = checked(opened.text, own.id, shelf, parameter_models(), unknown_measures)
    if found.protocol is None:
        raise AtelierError(
            f"The draft of {named} has {len(found.notes)} problems. Mend them on the page Configure first."
        )
    return found.protocol


@plainly
def check(protocol: Annotated[Path, typer.Argument(help="A protocol file (YAML)")]) -> None:
    """Check a protocol; every problem is named at once."""
    from study.checkup import checkup

    loaded = in_order(protocol)
    seen = checkup(loaded)
    print(f"{loaded.title} ({loaded.id}, version {loaded.version}) is in order.")
    print(
        f"{len(loaded.conditions)} conditions, {len(loaded.tasks)} tasks, {seen.steps} steps, {len(seen.table)} cells, "
        f"{seen.length()}."
    )
    print(seen.languages)
    print("\n".join(seen.lines()))


@plainly
def translate(
    protocol: Annotated[Path, typer.Argument(help="A protocol file (YAML)")],
    language: Annotated[str, typer.Argument(help="A language as browsers name it: de, es, pt-BR")],
) -> None:
    """Write or complete the file of a translation: known translations stay, new texts are empty, old ones set aside."""
    from memory.mechanisms.registry import parameter_models
    from study.languages import english_name, is_language
    from study.protocol_file import load_untranslated, translation_path
    from study.translation import texts
    from study.translation_file import complete_file, count_missing

    if not is_language(language):
        raise AtelierError(f"'{language}' is not the id of a language. Use one such as de, es or pt-BR.")
    models = parameter_models()
    loaded = load_untranslated(protocol, models)
    if language == loaded.language:
        raise AtelierError(f"{protocol} is in {english_name(language)} already; name another language.")
    path = translation_path(protocol, loaded, language)
    file = complete_file(path, language, texts(loaded, models))
    missing, outdated = count_missing(file), len(file.outdated)
    print(f"Written: {path}")
    print(f"{len(file.texts)} texts, {missing} without a translation, {outdated} set aside as outdated.")


@plainly
def power(
    protocol: FileOrStudy,
    draft: Draft = False,
    n: Annotated[str, typer.Option(help="Participants who begin: 12,18,24,36; else around the planned number")] = "",
    effects: Annotated[
        list[str] | None, typer.Option(help="In units of the measure: .5,.7 for all, h3=5,10 for one hypothesis")
    ] = None,
    runs: Annotated[int, typer.Option(min=2, help="Made-up studies of each size")] = 200,
    drop_out: Annotated[float, typer.Option(help="Share that leaves in each block")] = 0.05,
    missing: Annotated[float, typer.Option(help="Share of values that are lacking")] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same numbers")] = 1,
    out: Annotated[Path | None, typer.Option(help="A folder for table, curves and finished runs")] = None,
    workers: Annotated[int, typer.Option(help="Processes at work at once; -1: one for each core")] = -1,
    progress_file: ProgressFile = None,
) -> None:
    """Simulate the power of a protocol's own design and plan. Broken off, it goes on from the finished runs."""
    from analysis.power.files import write_power
    from analysis.power.runs import simulation
    from analysis.power.said import assumptions, lines

    with advancing(progress_file) as advance:
        loaded = asked_for(protocol, draft)
        asked = simulation(loaded, n, effects or [], runs, seed, drop_out=drop_out, missing=missing)
        folder = out or Path(f"{loaded.id}_power")
        table = write_power(loaded, asked, folder, advance, workers)
    print("\n".join([*assumptions(asked), *lines(loaded, table), f"Written: {folder}"]))


@plainly
def preregister(
    protocol: FileOrStudy,
    draft: Draft = False,
    out: Annotated[Path | None, typer.Option(help="A Markdown file; the same as .html is written beside it")] = None,
    n: Annotated[int | None, typer.Option(min=2, help="Participants, where not the planned number")] = None,
    power_table: Annotated[Path | None, typer.Option(help="The power.csv that `power` wrote")] = None,
) -> None:
    """Write the preregistration of a protocol, with what is still to be filled in at the top."""
    from analysis.preregistration.files import write_preregistration
    from study.collected import collected

    loaded = asked_for(protocol, draft)
    so_far = collected(open_database(load_settings().database), loaded)
    for path in write_preregistration(loaded, so_far, out or Path(f"{loaded.id}_preregistration.md"), n, power_table):
        print(f"Written: {path}")


@plainly
def schema() -> None:
    """Write the JSON Schemas that editors use to complete and check protocol files."""
    from memory.mechanisms.registry import parameter_models
    from study.protocol_schema import write_schemas
    from study.settings import ROOT

    for path in write_schemas(ROOT / "protocols", parameter_models()):
        print(f"Written: {path.relative_to(ROOT)}")
