"""The terminal entry: `python manage.py --help`."""

from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from pages.terminal import copies, data, protocols, recruiting, results
from pages.terminal.command import By, ProgressFile, StudyArgument, plainly
from study.advance import advancing
from study.database import open_database
from study.settings import VERSION, load_settings
from study.signature import signature

app = typer.Typer(
    help="Run and look after Atelier studies.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (protocols.check, protocols.translate, protocols.power, protocols.preregister, protocols.schema):
    app.command()(command)
for command in (data.export, data.erase, data.keep, data.retention):
    app.command()(command)
app.command("delete-study")(data.delete_study)
for command in (copies.backup, copies.restore, copies.pack, copies.unpack, copies.duplicate):
    app.command()(command)
app.command()(recruiting.links)
app.command("renew-links")(recruiting.renew_links)
for command in (results.unseal, results.seal):
    app.command()(command)


@app.command()
@plainly
def init() -> None:
    """Create the database and the demo study."""
    from pages.bootstrap import prepare

    settings = load_settings()
    prepare(open_database(settings.database))
    print(f"Ready. The record is in {settings.database.split('@')[-1]}")


@app.command()
@plainly
def create(protocol: Annotated[Path, typer.Argument(help="A protocol file (YAML)")], by: By = "") -> None:
    """Make a study of a protocol and open it for participants."""
    from memory.mechanisms.registry import parameter_models
    from study.drafts import keep_text
    from study.protocol_file import load_protocol
    from study.studies import create_study, set_status

    engine = open_database(load_settings().database)
    study = create_study(engine, load_protocol(protocol, parameter_models()), by=signature(by))
    keep_text(engine, study.id, study.version, protocol.read_text(encoding="utf-8-sig"))
    set_status(engine, study.id, "open", signature(by))
    print(f"Open: {study.title}. Its id is {study.id}.")


@app.command()
@plainly
def diff(
    first: Annotated[str, typer.Argument(help="A protocol file, or the id of a study")],
    second: Annotated[Path | None, typer.Argument(help="A protocol file; for a study, else the shipped one")] = None,
) -> None:
    """Say what differs between two protocols: two files, or what a study gives new participants and a file."""
    from memory.mechanisms.registry import parameter_models
    from study.difference import as_sentences, difference
    from study.protocol_file import load_protocol
    from study.settings import ROOT
    from study.studies import get_study, protocol_of

    models = parameter_models()
    if Path(first).suffix == ".yaml":
        old = load_protocol(Path(first), models)
    else:
        old = protocol_of(get_study(open_database(load_settings().database), first))
    new = load_protocol(second or ROOT / "protocols" / f"{old.id}.yaml", models)
    print("\n".join(as_sentences(difference(old, new))))


@app.command()
@plainly
def revise(
    study: StudyArgument,
    protocol: Annotated[Path, typer.Argument(help="A protocol file (YAML)")],
    note: Annotated[str, typer.Option(help="Why, for the list of versions")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    by: By = "",
) -> None:
    """Give new participants another version of the protocol; whoever has started finishes on theirs."""
    from memory.mechanisms.registry import parameter_models
    from study import versions
    from study.difference import as_sentences, difference
    from study.drafts import keep_text
    from study.protocol_file import load_protocol
    from study.studies import get_study, protocol_of

    loaded = load_protocol(protocol, parameter_models())
    engine = open_database(load_settings().database)
    row = get_study(engine, study)
    changes = difference(protocol_of(row), loaded)
    print("\n".join(as_sentences(changes)))
    under_way = sum(version.running for version in versions.versions(engine, study))
    print(f"\nPeople under way, who finish on the version they started on: {under_way}.")
    if changes and not yes and not typer.confirm(f"Use this as version {row.version + 1} for new participants?"):
        print("Nothing was changed.")
        return
    number = versions.revise(engine, study, loaded, note, signature(by)).number
    keep_text(engine, study, number, protocol.read_text(encoding="utf-8-sig"))
    print(f"New participants get version {number}.")


@app.command()
@plainly
def versions(study: StudyArgument) -> None:
    """List the versions of a study: number, date, hash, people who started on it and are under way, note."""
    from study.studies import get_study
    from study.versions import versions as every

    engine = open_database(load_settings().database)
    get_study(engine, study)
    for version in every(engine, study):
        row, people = version.row, f"{version.started} started, {version.running} under way"
        print(
            f"{row.number:>3}  {row.created_at:%Y-%m-%d %H:%M}  {row.protocol_hash[:12]}  {people}  {row.note}".rstrip()
        )


@app.command()
@plainly
def simulate(
    study: StudyArgument,
    participants: Annotated[int, typer.Option(min=1, help="How many")] = 24,
    seed: Annotated[int, typer.Option(help="Same seed, same participants")] = 1,
    language: Annotated[str, typer.Option(help="One that the study offers; else the protocol's own")] = "",
    progress_file: ProgressFile = None,
) -> None:
    """Let simulated participants take a study through the same code as a browser."""
    with advancing(progress_file) as advance:
        from memory.index import open_index
        from memory.simulated import simulate as run

        settings, finished = load_settings(), count(1)
        index = open_index(settings, shared=False)
        engine = open_database(settings.database)
        run(
            engine, settings, index, study, participants, seed,
            lambda: advance(n := next(finished), participants, f"{n} of {participants} are through"), language,
            signature(),
        )  # fmt: skip


@app.command()
@plainly
def reindex(progress_file: ProgressFile = None) -> None:
    """Make the index anew from the record, e.g. after another embedding was set.

    Interrupted, nothing is lost: the app notices at its next start and does it again.
    """
    with advancing(progress_file) as advance:
        from memory.index import open_index
        from memory.reindex import entries

        settings, done = load_settings(), 0
        index = open_index(settings)
        wanted = entries(open_database(settings.database))

        def put(messages: int) -> None:
            nonlocal done
            done += messages
            advance(done, len(wanted), "messages are in the index")

        index.rebuild(wanted, put)
        index.close()
    print(f"Ready: {len(wanted)} messages are in the index, by the embedding {settings.embedding}.")


@app.command()
@plainly
def report(study: StudyArgument, by: By = "", progress_file: ProgressFile = None) -> None:
    """Write the report of a study as one HTML file; what is sealed while the study collects is left out."""
    with advancing(progress_file) as advance:
        from analysis.report import make_report
        from study.results_folder import results_folder

        settings = load_settings()
        engine = open_database(settings.database)
        written = make_report(engine, study, results_folder(settings.data_dir, study), signature(by), advance)
    print(f"Written: {written}")


@app.command()
@plainly
def reject(
    study: StudyArgument,
    participant: Annotated[str, typer.Argument(help="Pseudonym, e.g. P007")],
    reason: Annotated[str, typer.Option(help="Why; it is stored with the record")],
    by: By = "",
) -> None:
    """Do not count a participant: the data stay, marked as rejected, and the place is free again."""
    from study.rejection import reject as write

    write(open_database(load_settings().database), study, participant, reason, signature(by))
    print(f"{participant} is rejected; the place is free again.")


@app.command("password-link")
@plainly
def password_link() -> None:
    """Print a one-time link to set a researcher's name and password."""
    from study.researchers import new_link

    settings = load_settings()
    print(
        f"{settings.host_url or 'http://localhost:8501'}/researcher/setup/{new_link(open_database(settings.database))}"
    )


@app.command()
def version() -> None:
    """Print the version."""
    print(VERSION)


if __name__ == "__main__":
    app()
