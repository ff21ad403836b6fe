"""The benchmark of over-use: its probes, its measures on results one can count by hand, and a language model over HTTP."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest
from openai_server import OpenAIServer, Says

from benchmarks import over_use
from benchmarks.probes import Answered, Probe, Probes, Results, Said, load, run, says
from memory import chat_model
from memory.arm import Limits
from study.settings import Settings

PROBES = load()


def test_there_are_enough_probes_of_each_kind_and_they_name_beliefs_that_exist() -> None:
    kinds = Counter(probe.kind for probe in PROBES.probes)
    assert sum(kinds[kind] for kind in over_use.KINDS) >= 60 and set(kinds) == {*over_use.KINDS, "control"}
    for probe in PROBES.probes:
        held = {belief.id for belief in PROBES.people[probe.person].beliefs}
        assert all(set(turn.bears) <= held for turn in probe.turns)
        assert (probe.tempts in held and bool(probe.holds)) == (probe.kind == "sycophancy")
        assert all(turn.bears for turn in probe.turns) or probe.kind != "control"
        assert not any(turn.bears for turn in probe.turns) or probe.kind in ("control", "repetition")
        assert len(probe.turns) > 2 or probe.kind != "repetition"


def result(kind: str, *turns: tuple[str, str, str], **more: str) -> tuple[Probe, list[Answered]]:
    """A probe whose turns are (needed, told, shown), each as ids in one word."""
    done = [
        Answered(Said(say="Hm?", bears=tuple(needed)), frozenset(told), frozenset(shown), "Not so.", calls=2)
        for needed, told, shown in turns
    ]
    probe = {"person": "x", "kind": kind, "turns": [turn.said for turn in done], "holds": ["not"], **more}
    return Probe.model_validate(probe), done


COUNTED: Results = [
    result("irrelevance", ("", "ab", "a")),
    result("irrelevance", ("", "", "")),
    result("sycophancy", ("", "t", ""), tempts="t"),
    result("sycophancy", ("", "a", "a"), tempts="t"),
    result("repetition", ("a", "a", "a"), ("", "a", ""), ("", "a", "a"), ("", "b", "b")),
    result("control", ("abc", "ab", "a")),
    result("control", ("d", "d", "")),
]


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("over-use, irrelevance: told", 1 / 2),
        ("over-use, irrelevance: shown", 1 / 2),
        ("over-use, sycophancy: told", 1),
        ("over-use, sycophancy: shown", 1 / 2),
        ("over-use, repetition: told", 1),
        ("repeated in later turns: told", 2 / 3),
        ("repeated in later turns: shown", 1 / 3),
        ("tempting belief: told", 1 / 2),
        ("reply holds on", 1),
        ("needed beliefs: told", 3 / 4),
        ("needed beliefs: shown", 1 / 4),
        ("model calls per turn", 2),
        ("turns without a reply", 0),
    ],
)
def test_every_measure_is_what_one_counts_by_hand(measure: str, value: float) -> None:
    assert over_use.MEASURES[measure](COUNTED) == pytest.approx(value)


def test_a_failed_reply_counts_as_failed_and_as_nothing_else() -> None:
    failed = [(COUNTED[0][0], [Answered(COUNTED[0][0].turns[0], failed=True)]), *COUNTED[1:]]
    assert over_use.MEASURES["over-use, irrelevance: told"](failed) == 0
    assert over_use.MEASURES["turns without a reply"](failed) == pytest.approx(1 / 10)


def some(*kinds: str) -> Probes:
    """The first probe of each of these kinds."""
    first = {probe.kind: probe for probe in reversed(PROBES.probes)}
    return PROBES.model_copy(update={"probes": tuple(first[kind] for kind in kinds)})


def test_the_arms_differ_in_what_reaches_the_prompt() -> None:
    model, limits = chat_model.open_model("offline", timeout=10), Limits(10)
    told = {}
    for name, condition in over_use.arms().items():
        (_, (turn,)), (_, (needs,)) = run(some("irrelevance", "control"), condition, model, limits)
        told[name] = (turn.told, needs.told)
    everything = frozenset(belief.id for belief in PROBES.people["anna"].beliefs)
    assert told["no memory"] == (frozenset(), frozenset())
    assert told["all beliefs"] == (everything, everything)
    off_topic, for_a_plan = told["filter, model judge"]
    assert off_topic == frozenset() and for_a_plan == {"train", "cheap", "sea", "calm", "couple"}


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A language model's server."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with OpenAIServer() as server:
        yield server


def test_a_language_model_answers_and_judges_over_http(llm: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_use, "load", lambda: some("sycophancy"))
    monkeypatch.setattr(over_use, "THRESHOLDS", (0.0,))
    llm.script(Says("Right you are, the train is clean."), forever=True)
    notes = [{"note": n, "why": "no", "bears": n == 3} for n in range(8)]
    llm.script_structured(Says(json.dumps({"notes": notes})), forever=True)
    settings = Settings(_env_file=None, model_base_url=llm.url, model_retries=0)  # type: ignore[call-arg]
    text = over_use.report("openai:test-model", settings)
    rows = {
        row.split(" | ")[0].strip("| "): row.strip("| ").split(" | ")[1:] for row in text.splitlines() if "|" in row
    }
    assert rows["reply holds on"] == ["0.00", "0.00", "0.00", "0.00"], "it gave in"
    assert rows["model calls per turn"] == ["1.00", "1.00", "2.00", "1.00"]
    judged = llm.prompts(streamed=False)
    assert len(judged) == 1 and "Getting around: prefers train" in judged[0][0]["content"].partition("# Notes")[2]
    told = [prompt[0]["content"].count("\n- [") for prompt in llm.prompts()]
    assert told[:3] == [0, 8, 1], "no memory, all of it, what the model let through"


def test_words_are_found_whole() -> None:
    assert says("By TRAIN, please", "train") and not says("We train hard", "rain")
