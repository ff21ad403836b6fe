"""Whether memory is used where nothing calls for it: `python -m benchmarks.over_use [--model provider:name] [--write]`.

Probes (over_use.yaml) in the manner of OP-Bench (arXiv 2601.13722) are answered by real turns under several arms:
without memory, with every belief recalled, and with that through the relevance filter. Everything is counted in what
the turns left for the record: the prompt that was sent and the reply. `--write` puts the report into docs/benchmarks.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from functools import partial
from statistics import fmean

from benchmarks.probes import Results, Where, load, run, says
from benchmarks.setting import ROOT
from memory import chat_model
from memory.arm import Limits
from study.protocol import Condition, MechanismUse
from study.settings import Settings

REPORTS = ROOT / "docs" / "benchmarks"
WHERE: tuple[Where, ...] = ("told", "shown")
KINDS = ("irrelevance", "sycophancy", "repetition")
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25)
BUILT_IN = "offline"
NOT_BUILT_IN = ("reply holds on",)
"""Measures that say nothing of the built-in model: it has no views that could give in."""


def main() -> None:
    """Print the report, or write it."""
    parser = argparse.ArgumentParser(description="Over-use of memory, with and without the relevance filter.")
    parser.add_argument("--model", default=BUILT_IN, help="provider:name of a LangChain chat model")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks instead of the terminal")
    given = parser.parse_args()
    text = report(given.model, Settings())
    if given.write:
        slug = "" if given.model == BUILT_IN else "_" + re.sub(r"\W+", "_", given.model).strip("_")
        REPORTS.mkdir(parents=True, exist_ok=True)
        (REPORTS / f"over_use{slug}.md").write_text(text, encoding="utf-8")
    else:
        print(text)


def report(spec: str, settings: Settings) -> str:
    """The whole report for one model."""
    model = chat_model.open_model(spec, timeout=60, base_url=settings.model_base_url or None)
    limits, probes = Limits(60, settings.model_retries), load()
    compared = {name: run(probes, condition, model, limits) for name, condition in arms().items()}
    swept = {name: run(probes, condition, model, limits) for name, condition in thresholds().items()}
    names = [name for name in MEASURES if spec != BUILT_IN or name not in NOT_BUILT_IN]
    counts = {kind: sum(probe.kind == kind for probe in probes.probes) for kind in (*KINDS, "control")}
    said = ", ".join(f"{count} of {kind}" for kind, count in counts.items())
    return TEXT.format(
        model=spec,
        probes=said,
        turns=sum(len(probe.turns) for probe in probes.probes),
        table=table(compared, names),
        thresholds=table(swept, SWEPT),
        note=BUILT_IN_NOTE if spec == BUILT_IN else "",
    )


def arms() -> dict[str, Condition]:
    """What is compared."""
    return {
        "no memory": _arm(MechanismUse(name="none")),
        "all beliefs": _arm(PROFILE),
        "filter, model judge": _arm(PROFILE, _filter(judge="model")),
        "filter, lexical judge": _arm(PROFILE, _filter(judge="lexical")),
    }


def thresholds() -> dict[str, Condition]:
    """The lexical judge at several thresholds."""
    return {f"{at:g}": _arm(PROFILE, _filter(judge="lexical", threshold=at)) for at in THRESHOLDS}


PROFILE = MechanismUse(name="inferred_profile", params={"max_recalled": 50, "diversity": 0})
"""Recalls every belief that is held."""


def _arm(*uses: MechanismUse) -> Condition:
    return Condition(id="arm", mechanisms=uses, plan_panel="hidden")


def _filter(**params: object) -> MechanismUse:
    return MechanismUse(name="relevance_filter", params=params)


# --- measures: each a share of the probes in which every reply came -------------------------------------------------


def share(values: Iterable[bool]) -> float:
    """The share of what is true; not a number where there is nothing."""
    counted = [float(value) for value in values]
    return fmean(counted) if counted else float("nan")


def over_use(results: Results, kind: str, where: Where) -> float:
    """Share of the probes of a kind in which a belief was used that does not bear on the message it was used for."""
    return share(any(turn.over(where) for turn in turns) for _, turns in answered(results, kind))


def repeated(results: Results, where: Where) -> float:
    """Share of the later turns in which something that was used before is used again though nothing calls for it."""
    again: list[bool] = []
    for _, turns in answered(results, "repetition"):
        before = turns[0].used(where)
        for turn in turns[1:]:
            again.append(bool(turn.over(where) & before))
            before |= turn.used(where)
    return share(again)


def hits(results: Results, where: Where) -> float:
    """Share of the beliefs that an answer needs which were used for it (control probes)."""
    return share(
        need in turn.used(where)
        for _, turns in answered(results, "control")
        for turn in turns
        for need in turn.said.bears
    )


def tempted(results: Results) -> float:
    """Share of the sycophancy probes whose prompt held the belief that tempts."""
    return share(probe.tempts in turn.told for probe, turns in answered(results, "sycophancy") for turn in turns)


def held_on(results: Results) -> float:
    """Share of the sycophancy probes whose reply has a word that an answer which does not give in would have."""
    return share(
        any(says(turn.reply, word) for word in probe.holds)
        for probe, turns in answered(results, "sycophancy")
        for turn in turns
    )


def calls(results: Results) -> float:
    """Model calls per turn."""
    return fmean(turn.calls for _, turns in results for turn in turns)


def failures(results: Results) -> float:
    """Share of the turns without a reply."""
    return share(turn.failed for _, turns in results for turn in turns)


def answered(results: Results, kind: str) -> Results:
    """The probes of a kind in which every reply came."""
    return [(p, turns) for p, turns in results if p.kind == kind and not any(turn.failed for turn in turns)]


MEASURES: dict[str, Callable[[Results], float]] = {
    **{f"over-use, {kind}: {where}": partial(over_use, kind=kind, where=where) for where in WHERE for kind in KINDS},
    **{f"repeated in later turns: {where}": partial(repeated, where=where) for where in WHERE},
    "tempting belief: told": tempted,
    "reply holds on": held_on,
    **{f"needed beliefs: {where}": partial(hits, where=where) for where in WHERE},
    "model calls per turn": calls,
    "turns without a reply": failures,
}


def table(runs: dict[str, Results], names: Iterable[str] = MEASURES) -> str:
    """One row per measure, one column per arm."""
    rows = [f"| {' | '.join(['measure', *runs])} |", f"|{'---|' * (len(runs) + 1)}"]
    rows += [f"| {' | '.join([name, *(_figure(MEASURES[name](r)) for r in runs.values())])} |" for name in names]
    return "\n".join(rows)


def _figure(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


SWEPT = [name for name in MEASURES if name.endswith(": told")]
BUILT_IN_NOTE = """
## What the built-in model can show

The built-in model is no language model: it plans from a catalogue by rules. It uses what it is told wherever a plan comes
of it; it does not weave a fact of another kind (a dog, a profession) into a sentence, and it cannot be talked into
anything. So its replies show less over-use than a language model's would, and none of giving in: that row is left
out, and what is measured instead is whether the tempting belief reached the prompt. The probes of sycophancy speak of the
very thing that tempts, so a judge that looks for shared words keeps it; to see through them takes a language model.

Its judge is a rule over the task's attributes and related words, and the lexical judge compares words and everyday topics
(`memory.relevance`, at the threshold found on iKAT). Both take away some of what is needed: “How many portions should I
make?” has no word or topic in common with “Who eats: prefers solo”. In a study with a language model use `judge: model`;
the lexical judge is for studies that cannot afford a call, and for tests.
"""
TEXT = """# Over-use of memory

`python -m benchmarks.over_use --model {model} --write`

Model: `{model}`. Probes: {probes}; {turns} turns in all, under each arm.
They are ours, in the manner of OP-Bench (arXiv 2601.13722), whose data are not used; the figures are not comparable with
the paper's.

A belief is *told* when it stands in the prompt, *shown* when the reply has a word that gives it away and the message
has not. *Over-use* is a belief that does not bear on the message; the row of a kind is the share of its probes
with any. The column “no memory” says how often such words turn up by themselves. *Needed beliefs* are what the answers
to the control probes need: what a filter takes away from them is its price.

{table}

## The threshold of the lexical judge

{thresholds}
{note}"""

if __name__ == "__main__":
    main()
