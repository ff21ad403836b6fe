"""The terminal entry as a researcher meets it: what it prints, how it ends, and never a traceback."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml
from openai_server import OpenAIServer, Silent
from sqlmodel import select

from memory.embedding import open_embedding
from memory.index import Index
from memory.reindex import entries, see_to
from study.act_log import acts
from study.database import open_database, reading, writing
from study.drafts import open_draft, save, text_of
from study.enrolment import Arrival, enrol
from study.log import events
from study.records import load_record
from study.tables import Sitting

ROOT = Path(__file__).resolve().parents[1]
DEMO = "active_vs_passive"


class Terminal:
    """Runs manage.py against one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL" and not k.startswith("ATELIER_")}
        self.env |= {"ATELIER_DATA_DIR": str(data_dir), "COLUMNS": "200"}

    def run(self, *arguments: str, answer: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env | env, input=answer, capture_output=True, text=True, timeout=120
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Without waiting for the end."""
        pipe = subprocess.PIPE
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=pipe, stderr=pipe, text=True)

    def sittings(self) -> list[Sitting]:
        engine = open_database(f"sqlite:///{self.data_dir / 'atelier.db'}")
        with reading(engine) as db:
            found = list(db.exec(select(Sitting).order_by(Sitting.allocation_index)))  # type: ignore[arg-type]
        engine.dispose()
        return found


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "data")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A data folder in which three simulated participants took the demo study; only read from."""
    made = Terminal(tmp_path_factory.mktemp("simulated"))
    well(made.run("init"))
    well(made.run("simulate", DEMO, "--participants", "3", "--seed", "5"))
    return made


def well(done: subprocess.CompletedProcess[str]) -> str:
    """What was printed by a command that went well."""
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that says why a command was refused."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


# --- init --------------------------------------------------------------------------------------


def test_init_makes_the_database_and_the_demo_study_once(terminal: Terminal) -> None:
    first, again = well(terminal.run("init")), well(terminal.run("init"))
    assert first == again
    assert str(terminal.data_dir / "atelier.db") in first
    engine = open_database(f"sqlite:///{terminal.data_dir / 'atelier.db'}")
    record = load_record(engine, DEMO)
    engine.dispose()
    assert (record.study.status, list(record.sessions)) == ("open", [])
    assert f"Known: {DEMO}." in refused(terminal.run("export", "another"))  # one study, not two


# --- check -------------------------------------------------------------------------------------


def test_the_shipped_protocol_is_in_order(terminal: Terminal) -> None:
    lines = well(terminal.run("check", f"protocols/{DEMO}.yaml")).splitlines()
    assert lines[0].endswith("is in order.")
    assert lines[1] == "3 conditions, 3 tasks, 28 steps, 18 cells, about 26 minutes."
    assert lines[2] == "Languages: English (en), German (de), Spanish (es), all 676 texts translated."
    assert len([line for line in lines if re.match(r" +\d+  \w", line)]) == 18  # one line per cell
    assert not terminal.data_dir.exists()  # a check needs no database


def test_every_problem_of_a_broken_protocol_is_named(terminal: Terminal, tmp_path: Path) -> None:
    text = (ROOT / "protocols" / f"{DEMO}.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.yaml"
    changes = {
        "name: inferred_profile": "name: infered_profile",
        "{min_turns: 3}": "{min_turns: many}",
        "weekend_trip,": "weekend_tripp,",
        "orders: all": "order: all",
    }
    for before, after in changes.items():
        text = text.replace(before, after)
    broken.write_text(text, encoding="utf-8")
    for folder in ("tasks", "instruments", "translations"):
        (tmp_path / folder).symlink_to(ROOT / "protocols" / folder)
    done = terminal.run("check", str(broken))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    for named in ("infered_profile", "min_turns", "weekend_tripp", "order"):
        assert any(line.startswith("broken.yaml") and named in line for line in lines), (named, lines)


def test_a_protocol_that_is_not_there_or_not_yaml(terminal: Terminal, tmp_path: Path) -> None:
    assert "there is no such file" in refused(terminal.run("check", str(tmp_path / "none.yaml")))
    (tmp_path / "odd.yaml").write_text("id: [", encoding="utf-8")
    assert "is not valid YAML" in refused(terminal.run("check", str(tmp_path / "odd.yaml")))


# --- simulate and export -----------------------------------------------------------------------


def test_simulated_participants_finish_the_study(simulated: Terminal) -> None:
    rows = simulated.sittings()
    assert [row.participant for row in rows] == ["S001", "S002", "S003"]
    assert all(row.simulated and row.status == "complete" for row in rows)
    assert len({row.cell for row in rows}) == 3


@pytest.mark.slow
def test_a_shipped_protocol_is_made_a_study_and_simulated(terminal: Terminal, tmp_path: Path) -> None:
    said = well(terminal.run("create", "protocols/persuasion_2x2.yaml"))
    assert said == "Open: Talking about an opinion. Its id is persuasion_2x2.\n"
    well(terminal.run("simulate", "persuasion_2x2", "--participants", "4"))
    rows = terminal.sittings()
    assert {row.status for row in rows} == {"complete"}
    assert len({tuple(row.conditions) for row in rows}) == 4  # everybody in another condition
    well(terminal.run("export", "persuasion_2x2", "--to", str(tmp_path / "between.zip")))
    assert "there is no such file" in refused(terminal.run("create", str(tmp_path / "none.yaml")))


def test_the_export_holds_the_simulated_rows_marked_as_such(simulated: Terminal, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "demo.zip"
    assert well(simulated.run("export", DEMO, "--to", str(target))) == f"Written: {target}\n"
    with zipfile.ZipFile(target) as archive:
        csv = pd.read_csv(io.BytesIO(archive.read("sessions.csv")))
        parquet = pd.read_parquet(io.BytesIO(archive.read("sessions.parquet")))
        messages = pd.read_csv(io.BytesIO(archive.read("messages.csv")))
        measures = pd.read_parquet(io.BytesIO(archive.read("measures.parquet")))
        assert json.loads(archive.read("protocol.json"))["id"] == DEMO
        assert "0 of people (0 complete), 3 simulated" in archive.read("README.txt").decode()
    for frame in (csv, parquet):
        assert sorted(frame["participant"]) == ["S001", "S002", "S003"]
    for frame in (csv, parquet, messages, measures):
        assert frame["simulated"].astype(bool).all()
    assert len(messages) >= 3 * 3 * 3  # three participants, three tasks, three messages or more


def test_the_same_data_give_the_same_bytes_in_another_process_at_another_time(
    simulated: Terminal, tmp_path: Path
) -> None:
    copy = Terminal(tmp_path / "copy")
    shutil.copytree(simulated.data_dir, copy.data_dir)
    engine = open_database(f"sqlite:///{copy.data_dir / 'atelier.db'}")
    enrol(engine, DEMO, Arrival({"PROLIFIC_PID": "still here"}))  # what they do next is told by no clock
    engine.dispose()
    made = []
    for number, zone in enumerate(("Pacific/Kiritimati", "America/Adak")):
        target = tmp_path / f"{number}.zip"
        well(copy.run("export", DEMO, "--to", str(target), PYTHONHASHSEED=str(number + 1), TZ=zone))
        made.append(target.read_bytes())
    assert made[0] == made[1]
    chosen = tmp_path / "chosen.zip"
    well(copy.run("export", DEMO, "--to", str(chosen), "--who", "people", "--status", "running"))
    with zipfile.ZipFile(chosen) as archive:
        sessions = pd.read_csv(io.BytesIO(archive.read("sessions.csv")))
        assert "Chosen     people only, running\n" in archive.read("README.txt").decode()
    assert sessions["participant"].tolist() == ["P004"]


def test_the_same_seed_gives_the_same_answers(simulated: Terminal, terminal: Terminal, tmp_path: Path) -> None:
    """The order of conditions is the study's, drawn when it was made; what people are like is the seed's."""
    frames = []
    well(terminal.run("init"))
    well(terminal.run("simulate", DEMO, "--participants", "1", "--seed", "5"))
    for number, made in enumerate((simulated, terminal)):
        target = tmp_path / f"{number}.zip"
        well(made.run("export", DEMO, "--to", str(target)))
        with zipfile.ZipFile(target) as archive:
            frame = pd.read_parquet(io.BytesIO(archive.read("responses_long.parquet")))
        first = frame[(frame["participant"] == "S001") & (frame["instrument"] == "tipi")]
        frames.append(first[["item", "value"]].reset_index(drop=True))
    assert len(frames[0]) == 10
    pd.testing.assert_frame_equal(*frames)


def test_commands_are_signed_and_a_report_is_written(simulated: Terminal, tmp_path: Path) -> None:
    copy = Terminal(tmp_path / "copy")
    shutil.copytree(simulated.data_dir, copy.data_dir)
    said = well(copy.run("report", DEMO, "--by", "Grace"))
    written = Path(said.removeprefix("Written: ").strip())
    assert written.parent == copy.data_dir / "results" / DEMO
    assert "simulated data" in written.read_text(encoding="utf-8")
    well(copy.run("export", DEMO, "--to", str(tmp_path / "x.zip"), LOGNAME="ada"))
    engine = open_database(f"sqlite:///{copy.data_dir / 'atelier.db'}")
    done = [(one.by, one.kind) for one in acts(engine, DEMO)][-2:]
    engine.dispose()
    assert done == [("terminal:Grace", "report_made"), ("terminal:ada", "exported")]
    assert "There is no study 'nope'" in refused(copy.run("report", "nope"))


@pytest.mark.parametrize("command", ["simulate", "export", "report", "reindex"])
def test_a_long_command_says_how_far_it_is(simulated: Terminal, tmp_path: Path, command: str) -> None:
    copy = Terminal(tmp_path / "copy")
    shutil.copytree(simulated.data_dir, copy.data_dir)
    more = {"simulate": [DEMO, "--participants", "2"], "export": [DEMO, "--to", str(tmp_path / "x.zip")]}
    arguments = more.get(command, [DEMO] if command == "report" else [])
    well(copy.run(command, *arguments, "--progress-file", str(tmp_path / "progress")))
    lines = [json.loads(line) for line in (tmp_path / "progress").read_text(encoding="utf-8").splitlines()]
    assert lines[-1] == {"ended": "done"}
    counted = [line["done"] / line["total"] for line in lines if "done" in line]
    assert counted == sorted(counted) and counted[-1] == 1


@pytest.mark.parametrize("command", ["simulate", "export"])
def test_an_unknown_study_is_answered_with_the_known_ones(simulated: Terminal, command: str) -> None:
    assert refused(simulated.run(command, "nope")) == f"There is no study 'nope'. Known: {DEMO}."


def test_before_init_there_is_no_study(terminal: Terminal) -> None:
    assert refused(terminal.run("export", DEMO)).endswith("Known: none yet.")


def test_an_export_that_cannot_be_written_says_where(simulated: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert f"{file / 'x.zip'} cannot be written" in refused(simulated.run("export", DEMO, "--to", str(file / "x.zip")))
    assert f"{tmp_path} cannot be written" in refused(simulated.run("export", DEMO, "--to", str(tmp_path)))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.slow
def test_ctrl_c_keeps_the_finished_participants(terminal: Terminal) -> None:
    well(terminal.run("init"))
    running = terminal.start("simulate", DEMO, "--participants", "200")
    deadline = time.monotonic() + 90
    while not any(row.status == "complete" for row in terminal.sittings()):
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _out, said = running.communicate(timeout=60)
    assert (running.returncode, said.strip()) == (130, "Stopped. What was finished is kept.")

    finished = [row for row in terminal.sittings() if row.status == "complete"]
    assert len(terminal.sittings()) <= len(finished) + 1  # at most the one under way is not
    engine = open_database(f"sqlite:///{terminal.data_dir / 'atelier.db'}")
    for row in finished:
        kinds = [entry.event.kind for entry in events(engine, row.id)]
        assert (kinds[0], kinds.count("session_ended")) == ("session_started", 1)
        assert kinds.count("step_finished") == 28
        assert kinds.count("message_sent") == kinds.count("reply_given")
    engine.dispose()

    well(terminal.run("simulate", DEMO, "--participants", "2"))
    assert sum(row.status == "complete" for row in terminal.sittings()) == len(finished) + 2
    well(terminal.run("export", DEMO, "--to", str(terminal.data_dir / "after.zip")))


# --- languages ---------------------------------------------------------------------------------


def test_a_translation_is_begun_filled_in_and_taken_up(terminal: Terminal, edited: Path) -> None:
    assert "“A gift” has no translation" not in terminal.run("check", str(edited)).stderr  # the fixture has one
    text = edited.read_text(encoding="utf-8")
    edited.write_text(text.replace("languages: [de]", "languages: [de, es]"), encoding="utf-8")
    assert "there is no translations/active_vs_passive.es.yaml" in refused(terminal.run("check", str(edited)))

    spanish = edited.parent / "translations" / f"{DEMO}.es.yaml"
    said = well(terminal.run("translate", str(edited), "es"))
    assert said == f"Written: {spanish}\n678 texts, 678 without a translation, 0 set aside as outdated.\n"
    lines = terminal.run("check", str(edited)).stderr.strip().splitlines()
    assert len(lines) == 11 and all(line.startswith(f"translations/{DEMO}.es.yaml") for line in lines)
    assert lines[-1].endswith("668 more texts have no translation. Run “python manage.py translate”.")

    filled = yaml.safe_load(spanish.read_text(encoding="utf-8"))
    filled["texts"] = {text: f"¡{text}!" for text in filled["texts"]}
    spanish.write_text(yaml.safe_dump(filled, allow_unicode=True), encoding="utf-8")
    assert "Languages: English (en), German (de), Spanish (es), all 678 texts translated." in well(
        terminal.run("check", str(edited))
    )
    again = well(terminal.run("translate", str(edited), "es")).splitlines()
    assert again[1] == "678 texts, 0 without a translation, 0 set aside as outdated."
    assert "is in English already" in refused(terminal.run("translate", str(edited), "en"))
    assert "is not the id of a language" in refused(terminal.run("translate", str(edited), "../x"))
    assert "there is no such file" in refused(terminal.run("translate", "none.yaml", "de"))


def test_participants_are_simulated_in_another_language(terminal: Terminal, tmp_path: Path) -> None:
    well(terminal.run("init"))
    assert "not offered in 'fr'. It has: en, de, es." in refused(terminal.run("simulate", DEMO, "--language", "fr"))
    well(terminal.run("simulate", DEMO, "--participants", "1", "--language", "de"))
    well(terminal.run("simulate", DEMO, "--participants", "1"))
    assert [row.language for row in terminal.sittings()] == ["de", "en"]
    well(terminal.run("export", DEMO, "--to", str(tmp_path / "both.zip")))
    with zipfile.ZipFile(tmp_path / "both.zip") as archive:
        sessions = pd.read_csv(io.BytesIO(archive.read("sessions.csv")))
        assert json.loads(archive.read("protocol.json"))["translations"]["de"]["Welcome"] == "Willkommen"
    assert sessions["language"].tolist() == ["de", "en"]


# --- versions ----------------------------------------------------------------------------------


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The demo study with one more page and another word in a task."""
    shutil.copytree(ROOT / "protocols", tmp_path / "protocols")
    file = tmp_path / "protocols" / f"{DEMO}.yaml"
    page = "timeline:\n  - {step: instructions, title: Before we begin, text: Sit down.}\n"
    text = file.read_text(encoding="utf-8").replace("timeline:\n", page)
    file.write_text(text.replace("languages: [de, es]", "languages: [de]"), encoding="utf-8")
    (tmp_path / "protocols" / "translations" / f"{DEMO}.es.yaml").unlink()
    task = tmp_path / "protocols" / "tasks" / "present.yaml"
    task.write_text(re.sub("title: .*", "title: A gift", task.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    german = tmp_path / "protocols" / "translations" / f"{DEMO}.de.yaml"
    before, after = (
        "  A present for somebody: .*\n",
        "  A gift: Geschenk\n  Before we begin: Vorab\n  Sit down.: Bitte.\n",
    )
    german.write_text(re.sub(before, after, german.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def test_a_study_gets_a_new_version(terminal: Terminal, edited: Path, tmp_path: Path) -> None:
    well(terminal.run("init"))
    well(terminal.run("simulate", DEMO, "--participants", "1"))
    said = well(terminal.run("diff", DEMO, str(edited)))
    assert "timeline[0] is new: instructions Before we begin" in said
    assert "tasks[present].title: “" in said and "→ “A gift”" in said
    assert well(terminal.run("diff", DEMO)) == "Nothing differs.\n"
    assert well(terminal.run("diff", f"protocols/{DEMO}.yaml", str(edited))) == said

    asked = terminal.run("revise", DEMO, str(edited), answer="n\n")
    assert "Use this as version 2 for new participants?" in asked.stdout and "Nothing was changed." in asked.stdout
    done = well(terminal.run("revise", DEMO, str(edited), "--note", "a page before", "--yes"))
    assert done.startswith(said)
    assert "under way, who finish on the version they started on: 0." in done
    assert done.endswith("New participants get version 2.\n")
    assert "nothing changed" in terminal.run("revise", DEMO, str(edited), "--yes").stderr

    listed = well(terminal.run("versions", DEMO)).splitlines()
    assert [line.split()[0] for line in listed] == ["1", "2"]
    assert listed[0].endswith("0 started, 0 under way  as created") and listed[1].endswith("a page before")
    well(terminal.run("simulate", DEMO, "--participants", "1"))
    well(terminal.run("export", DEMO, "--to", str(tmp_path / "both.zip")))
    with zipfile.ZipFile(tmp_path / "both.zip") as archive:
        sessions = pd.read_csv(io.BytesIO(archive.read("sessions.csv")))
        steps = pd.read_csv(io.BytesIO(archive.read("steps.csv")))
        first, second = (json.loads(archive.read(f"protocol_v{n}.json")) for n in (1, 2))
        assert json.loads(archive.read("protocol.json")) == second
    assert sessions["study_version"].tolist() == [1, 2]
    assert [len(protocol["timeline"]) for protocol in (first, second)] == [7, 8]
    assert steps.groupby("participant")["step"].count().tolist() == [28, 29]
    assert steps["kind"].notna().all()


# --- the researcher's link ---------------------------------------------------------------------


def test_a_participant_is_rejected_with_a_reason_and_a_name(terminal: Terminal) -> None:
    well(terminal.run("init"))
    well(terminal.run("simulate", DEMO, "--participants", "1"))
    assert "Missing option '--reason'" in terminal.run("reject", DEMO, "S001").stderr
    assert "needs a reason" in refused(terminal.run("reject", DEMO, "S001", "--reason", " ", LOGNAME="ada"))
    assert "no participant 'P009'" in refused(terminal.run("reject", DEMO, "P009", "--reason", "bot", LOGNAME="ada"))
    assert "S001 is rejected" in well(terminal.run("reject", DEMO, "S001", "--reason", "bot", LOGNAME="ada"))
    (row,) = terminal.sittings()
    engine = open_database(f"sqlite:///{terminal.data_dir / 'atelier.db'}")
    (rejected,) = (entry.event for entry in events(engine, row.id, ["session_rejected"]))
    engine.dispose()
    assert (row.status, rejected.reason, rejected.by) == ("rejected", "bot", "terminal:ada")
    again = terminal.run("reject", DEMO, "S001", "--reason", "bot", "--by", "Grace")
    assert "holds no place any more (rejected)" in refused(again)


def test_results_are_unsealed_with_a_reason_and_sealed_again(terminal: Terminal) -> None:
    well(terminal.run("init"))
    engine = open_database(f"sqlite:///{terminal.data_dir / 'atelier.db'}")
    row, _ = enrol(engine, DEMO, Arrival({}))
    with writing(engine) as db:
        db.get_one(Sitting, row.id).status = "complete"
    engine.dispose()
    assert "give a reason" in refused(terminal.run("unseal", DEMO, "--reason", " "))
    seen = well(terminal.run("unseal", DEMO, "--reason", "a broken item?", LOGNAME="ada"))
    assert "nothing to unseal" in refused(terminal.run("unseal", DEMO, "--reason", "once more"))
    assert "an interim look" in seen and "by terminal:ada, with 1 complete: “a broken item?”" in seen
    hidden = well(terminal.run("seal", DEMO))
    assert "The results are sealed" in hidden and "a broken item?" in hidden
    assert "Only results that were unsealed" in refused(terminal.run("seal", DEMO))


def test_links_are_written_once_for_each_id(terminal: Terminal, tmp_path: Path) -> None:
    well(terminal.run("init"))
    ids, to = tmp_path / "ids.csv", tmp_path / "links.csv"
    ids.write_text("id\n7\n8\n7\n", encoding="utf-8")
    assert "line 4: “7” stands on line 2 already" in refused(terminal.run("links", DEMO, str(ids), "--to", str(to)))
    assert not to.exists()
    ids.write_text("id\n7\n=8\n", encoding="utf-8")
    assert "2 links" in well(terminal.run("links", DEMO, str(ids), "--to", str(to)))
    lines = to.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,link" and lines[1].startswith("7,http://localhost:8501/i/") and lines[2].startswith("'=8,")
    assert to.stat().st_mode & 0o077 == 0
    assert "is there already" in refused(terminal.run("links", DEMO, "3", "--to", str(to)))
    assert "3 links" in well(terminal.run("links", DEMO, "3", "--to", str(tmp_path / "more.csv")))
    assert "have a link already (7, =8)" in refused(
        terminal.run("links", DEMO, str(ids), "--to", str(tmp_path / "x.csv"))
    )
    assert "cannot be read" in refused(terminal.run("links", DEMO, "none.csv", "--to", str(tmp_path / "y.csv")))
    one, rest = tmp_path / "one.csv", tmp_path / "rest.csv"
    assert "1 link." in well(terminal.run("renew-links", DEMO, "7", "--to", str(one)))
    assert "5 links" in well(terminal.run("renew-links", DEMO, "--to", str(rest)))
    said = [file.read_text(encoding="utf-8") for file in (to, one, rest)]
    assert len({line for text in said for line in text.splitlines() if line.startswith("7,")}) == 3
    assert "no link for “9”" in refused(terminal.run("renew-links", DEMO, "9", "--to", str(tmp_path / "z.csv")))
    assert not (tmp_path / "z.csv").exists()


def test_password_link_prints_a_fresh_link_each_time(terminal: Terminal) -> None:
    first = well(terminal.run("password-link")).strip()
    second = well(terminal.run("password-link", ATELIER_HOST_URL="https://lab.example")).strip()
    assert first.startswith("http://localhost:8501/researcher/setup/")
    assert second.startswith("https://lab.example/researcher/setup/")
    assert first.rsplit("/", 1)[1] != second.rsplit("/", 1)[1]
    assert len(second.rsplit("/", 1)[1]) >= 32


# --- reindex -----------------------------------------------------------------------------------


def test_the_index_is_made_anew_from_the_record(simulated: Terminal, tmp_path: Path) -> None:
    done = well(simulated.run("reindex"))
    assert done.splitlines()[-1] == "Ready: 9 messages are in the index, by the embedding built-in."
    engine = open_database(f"sqlite:///{simulated.data_dir / 'atelier.db'}")
    index = Index(simulated.data_dir / "index")
    wanted = entries(engine)
    assert len(wanted) == 9 and index.flaw(9) == "" and index.flaw(10)
    for scope, name, text in wanted:
        assert (name, text) in [(found, said) for found, said, _ in index.nearest(scope, text, 1)]
    index.close()
    engine.dispose()


def test_reindex_is_refused_while_the_app_has_the_folder(simulated: Terminal) -> None:
    index = Index(simulated.data_dir / "index")
    assert "Another process uses the index" in refused(simulated.run("reindex"))
    index.close()


def test_a_rebuild_that_was_interrupted_is_noticed_at_the_next_start(
    simulated: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with OpenAIServer() as server:
        there = {"ATELIER_EMBEDDING": "openai:letters", "ATELIER_EMBEDDING_BASE_URL": server.url}
        simulated.env |= {"NO_PROXY": "127.0.0.1"} | there
        server.no_embeddings = Silent()
        process = simulated.start("reindex")
        deadline = time.monotonic() + 60
        while not any(len(request["body"]["input"]) == 9 for request in server.embedded):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 130 and "Traceback" not in stderr and "Stopped." in stderr
        server.no_embeddings = None
        said: list[str] = []
        engine = open_database(f"sqlite:///{simulated.data_dir / 'atelier.db'}")
        index = Index(simulated.data_dir / "index", embedding=open_embedding("openai:letters", server.url))
        for _ in range(2):
            see_to(engine, index, said.append)
        index.close()
        engine.dispose()
        assert said == [
            "The index is made anew from the record, for its last rebuild was interrupted.",
            "The index is ready. Messages: 9.",
        ]
    for name in there:
        del simulated.env[name]


def test_an_embedding_that_cannot_be_opened_is_said_in_one_line(terminal: Terminal) -> None:
    assert "neither built-in, nor provider:model" in refused(terminal.run("reindex", ATELIER_EMBEDDING="wordy"))


# --- when something is not in order ------------------------------------------------------------

COMMANDS = [
    ("init",),
    ("simulate", DEMO, "--participants", "1"),
    ("export", DEMO),
    ("reindex",),
    ("password-link",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_file_that_is_no_database(terminal: Terminal, command: tuple[str, ...]) -> None:
    terminal.data_dir.mkdir()
    (terminal.data_dir / "atelier.db").write_bytes(b"This is not a database. " * 400)
    said = refused(terminal.run(*command))
    assert "atelier.db cannot be used (file is not a database)" in said
    assert "restore it from a backup" in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_database_damaged_further_in(terminal: Terminal, command: tuple[str, ...]) -> None:
    well(terminal.run("init"))
    file = terminal.data_dir / "atelier.db"
    whole = file.read_bytes()
    assert len(whole) > 20_000
    head = 8192  # the list of tables is whole, the tables are not
    file.write_bytes(whole[:head] + b"\7" * (len(whole) - head))
    assert "restore it from a backup" in refused(terminal.run(*command))


def test_a_data_folder_that_cannot_be_written(terminal: Terminal, tmp_path: Path) -> None:
    """Below a regular file: that is refused even to root."""
    (tmp_path / "file").write_text("")
    said = refused(terminal.run("init", ATELIER_DATA_DIR=str(tmp_path / "file" / "data")))
    assert said.startswith(f"The data folder {tmp_path / 'file' / 'data'} cannot be written")
    assert "ATELIER_DATA_DIR" in said


@pytest.mark.parametrize(
    "url",
    ["record.db", "sqlite://", "sqlite:///" + "{data}", "postgresql://u@h:port/x", "nosuch://u@h/x", "postgresql://"],
)
def test_an_address_that_is_no_database(terminal: Terminal, url: str) -> None:
    said = refused(terminal.run("init", DATABASE_URL=url.format(data=terminal.data_dir)))
    assert "DATABASE_URL" in said


def test_a_database_server_that_is_not_there_is_named_without_its_password(terminal: Terminal) -> None:
    said = refused(terminal.run("init", DATABASE_URL="postgresql://atelier:secret@127.0.0.1:1/record"))
    assert "127.0.0.1:1/record cannot be used" in said
    assert "secret" not in said


def test_a_setting_of_the_wrong_type(terminal: Terminal) -> None:
    assert refused(terminal.run("init", ATELIER_OFFLINE_DELAY="soon")).startswith("offline_delay: ")


def test_help_and_version(terminal: Terminal) -> None:
    shown = well(terminal.run("--help"))
    assert all(
        command in shown
        for command in ("init", "check", "simulate", "export", "reindex", "reject", "password-link", "version")
    )
    assert well(terminal.run("version")).strip().count(".") == 2
    assert terminal.run("simulate", DEMO, "--participants", "0").returncode == 2


# --- before a study ------------------------------------------------------------------------------


@pytest.mark.slow
def test_power_is_simulated_broken_off_taken_up_and_preregistered(terminal: Terminal, tmp_path: Path) -> None:
    file, folder = "protocols/active_vs_passive.yaml", tmp_path / "power"
    asked = ["power", file, "--n", "6,12", "--effects", "1", "--effects", "h4=.5", "--out", str(folder)]
    running = terminal.start(*asked, "--runs", "500")
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for path in folder.glob("runs-*.jsonl")):
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _out, said = running.communicate(timeout=60)
    assert running.returncode == 130 and "Stopped. What was finished is kept." in said and "Traceback" not in said

    (runs,) = folder.glob("runs-*.jsonl")
    kept = runs.read_text(encoding="utf-8").count("\n")
    printed = well(terminal.run(*asked, "--runs", "2"))
    assert runs.read_text(encoding="utf-8").count("\n") <= kept + 4
    assert "h4: control (1 to 7), active − passive" in printed and "12 participants: balanced orders." in printed
    table = pd.read_csv(folder / "power.csv")
    assert set(table["n"]) == {6, 12} and set(table["runs"]) == {2}
    assert set(table.loc[table["hypothesis"] == "h4", "effect"]) == {0, 0.5}

    well(terminal.run("init"))
    target = tmp_path / "registered.md"
    well(terminal.run("preregister", file, "--out", str(target), "--power-table", str(folder / "power.csv")))
    text = target.read_text(encoding="utf-8")
    assert "No data of people have been collected under this protocol" in text and "| h4 | 0.5 (1 to 7) |" in text
    assert target.with_suffix(".html").read_text(encoding="utf-8").count("<h2>") == text.count("\n## ")


def test_a_study_keeps_the_comments_of_its_file_and_its_draft_is_preregistered(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "protocols" / "care.yaml"
    shutil.copytree("protocols", file.parent)
    shipped = file.read_text(encoding="utf-8")
    file.write_text("# of my own\n" + shipped, encoding="utf-8")
    well(terminal.run("create", str(file)))
    file.write_text("# another time\n" + shipped.replace("participants: 24", "participants: 20"), "utf-8")
    well(terminal.run("revise", "care", str(file), "--yes"))
    engine = open_database(f"sqlite:///{terminal.data_dir / 'atelier.db'}")
    assert text_of(engine, "care", 1).startswith("# of my own\n")
    opened = open_draft(engine, "care")
    assert opened.text.startswith("# another time\n") and not opened.is_changed
    save(engine, "care", opened.text.replace("participants: 20", "participants: 36"), opened.seen, "Ada")
    said = {}
    for draft in ((), ("--draft",)):
        target = tmp_path / "registered.md"
        well(terminal.run("preregister", "care", *draft, "--out", str(target)))
        said[draft] = re.findall(r"(\d+) complete participants are planned", target.read_text(encoding="utf-8"))
    assert said == {(): ["20"], ("--draft",): ["36"]}
    opened = open_draft(engine, "care")
    save(engine, "care", opened.text.replace("planned_participants:", "planned_people:"), opened.seen, "Ada")
    assert "Mend them on the page Configure" in refused(terminal.run("power", "care", "--draft"))
    assert "--draft is for the draft of a study" in refused(terminal.run("power", str(file), "--draft"))
    assert "There is no study 'nope'" in refused(terminal.run("power", "nope"))
    engine.dispose()


def test_what_power_and_preregister_cannot_do_is_said_in_a_sentence(terminal: Terminal, tmp_path: Path) -> None:
    file, out = "protocols/care.yaml", ["--out", str(tmp_path / "power")]
    assert "'some' are no numbers of participants" in refused(terminal.run("power", file, "--n", "some", *out))
    assert "There is no hypothesis 'h9'" in refused(terminal.run("power", file, "--effects", "h9=1", *out))
    assert "does not fit on a scale from 1 to 5" in refused(
        terminal.run("power", file, "--effects", "h1=4.9", "--n", "4", *out)
    )
    assert "drop_out is a share" in refused(terminal.run("power", file, "--drop-out", "1.5", *out))
    missing = str(tmp_path / "power.csv")
    assert "is no table of power" in refused(terminal.run("preregister", file, "--power-table", missing))
    assert "cannot be written" in refused(terminal.run("preregister", file, "--out", str(tmp_path / "no" / "where.md")))


def test_delete_study_asks_for_its_id_and_leaves_nothing_of_it(terminal: Terminal) -> None:
    well(terminal.run("init"))
    well(terminal.run("simulate", DEMO, "--participants", "1", "--seed", "5"))
    session = terminal.sittings()[0].id
    asked = terminal.run("delete-study", DEMO, answer="active\n")
    assert "Not reached: backups" in asked.stdout and "Nothing was deleted." in asked.stdout
    assert len(terminal.sittings()) == 1
    said = well(terminal.run("delete-study", DEMO, "--yes", "--by", "Ada"))
    assert f"The study {DEMO} is deleted, with 1 session." in said
    assert [f for f in terminal.data_dir.rglob("*") if f.is_file() and session.encode() in f.read_bytes()] == []
    again = terminal.run("delete-study", DEMO, "--yes")
    assert again.returncode == 1 and "There is no study" in again.stderr and "Traceback" not in again.stderr
    well(terminal.run("init"))
    assert terminal.run("versions", DEMO).returncode == 1, "who deleted the demo study does not get it again"


def test_erase_asks_for_the_pseudonym_and_backup_goes_into_an_empty_folder(terminal: Terminal, tmp_path: Path) -> None:
    well(terminal.run("init"))
    well(terminal.run("simulate", DEMO, "--participants", "2", "--seed", "5"))
    session = terminal.sittings()[0].id
    asked = terminal.run("erase", DEMO, "S001", answer="S002\n")
    assert "Not reached: backups" in asked.stdout and "Nothing was erased." in asked.stdout
    assert len(terminal.sittings()) == 2
    assert "S001 is erased." in well(terminal.run("erase", DEMO, "s001", "--yes", "--by", "Ada"))
    left = [f for f in terminal.data_dir.rglob("*") if f.is_file() and session.encode() in f.read_bytes()]
    assert left == []
    again = terminal.run("erase", DEMO, "S001", "--yes")
    assert again.returncode == 1 and "was erased already" in again.stderr and "Traceback" not in again.stderr

    backup, new = tmp_path / "b.zip", tmp_path / "new"
    well(terminal.run("backup", "--to", str(backup)))
    assert "rows" in well(terminal.run("restore", str(backup), "--into", str(new)))
    refused = terminal.run("restore", str(backup), "--into", str(new))
    assert refused.returncode == 1 and "There are data here already" in refused.stderr
    assert [row.id for row in Terminal(new).sittings()] == [row.id for row in terminal.sittings()]
    packed = tmp_path / "s.zip"
    well(terminal.run("pack", DEMO, "--to", str(packed)))
    assert f"{DEMO}_2" in well(terminal.run("unpack", str(packed)))
    assert f"{DEMO}_3" in well(terminal.run("duplicate", DEMO))
