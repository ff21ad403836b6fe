"""A study in two languages: the assistant is told which, and everything that is measured is the same."""

from pathlib import Path

import pandas as pd
import pytest
from desks import DEMO
from sqlalchemy import Engine

from analysis.frames import Frames, frames
from analysis.measures import measures_of
from memory import prompts
from memory.index import Index
from memory.mechanism import State
from memory.simulated import simulate
from study.errors import AtelierError
from study.records import Record, load_record
from study.settings import Settings
from study.studies import create_study, set_status

ASKED = ["participant", "step", "block", "condition", "task", "instrument", "item", "position"]
BY_PERSON = ("control", "personalisation", "comfort", "nasa_tlx", "ueq_s", "tipi")


def test_the_role_names_the_language_unless_it_is_english() -> None:
    for language, said in (("en", []), ("en-GB", []), ("de", ["Answer in German (de)."])):
        state = State("scope", DEMO.task("present"), language=language)
        for text in (prompts.sections(state, prompts.REPLY_ROLE, {}), prompts.sections(state, "You observe.", {})):
            role = text.split("\n\n")[0].splitlines()
            assert role[2:] == said


@pytest.mark.slow
def test_the_same_participants_give_the_same_answers_and_measures_in_every_language(
    engine: Engine, shared_index: Index, instant: Settings, tmp_path: Path
) -> None:
    records = {language: simulated(engine, instant, shared_index, language) for language in ("en", "de")}
    english, german = (frames(record) for record in records.values())
    assert english.sessions["language"].tolist() == ["en"] * 2
    assert german.sessions["language"].tolist() == ["de"] * 2
    pd.testing.assert_frame_equal(answers(english), answers(german))
    pd.testing.assert_frame_equal(scored(english, records["en"]), scored(german, records["de"]))
    assert set(english.messages["text"]).isdisjoint(german.messages["text"])
    told = [e.event.messages[0].content for e in records["de"].events if e.kind == "model_called"]
    assert told and all("Answer in German (de)." in text for text in told)
    asked = [e.event.messages[0].content for e in records["en"].events if e.kind == "model_called"]
    assert asked and not any("Answer in" in text.split("# Task")[0].replace("Answer in at most", "") for text in asked)


def test_a_language_that_is_not_offered_is_refused(engine: Engine, shared_index: Index, instant: Settings) -> None:
    create_study(engine, DEMO, study_id="demo")
    with pytest.raises(AtelierError, match="not offered in 'fr'. It has: en, de."):
        simulate(engine, instant, shared_index, "demo", 1, 1, lambda: None, "fr")


def simulated(engine: Engine, settings: Settings, index: Index, language: str) -> Record:
    study = create_study(engine, DEMO, study_id=f"in_{language}", seed=5)
    set_status(engine, study.id, "open")
    simulate(engine, settings, index, study.id, 2, 1, lambda: None, language)
    return load_record(engine, study.id)


def answers(data: Frames) -> pd.DataFrame:
    return data.responses[[*ASKED, "value", "text", "missing"]].reset_index(drop=True)


def scored(data: Frames, record: Record) -> pd.DataFrame:
    """Every measure that comes from answers."""
    found = measures_of(data, record.protocol)
    rows = found[found["measure"].str.split(".").str[0].str.startswith(BY_PERSON)]
    assert rows["measure"].nunique() >= 15
    keys = ["participant", "block", "condition", "task", "measure"]
    return rows[[*keys, "value"]].sort_values(keys).reset_index(drop=True)
