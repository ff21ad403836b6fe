"""Which of a person's statements bear on a turn, and on which turns none: `python -m benchmarks.ikat FOLDER`.

The folder holds what TREC iKAT 2023 gives out (github.com/irlabamsterdam/iKAT, MIT): 2023_test_topics.json,
2023_train_topics.json and 2023_ptkb_rel_nist.txt. Nothing is downloaded. With --write the tables go into
docs/benchmarks/ikat.md.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.bm25 import bm25, sought_bm25
from memory.embedding import vector_of
from memory.relevance import BEARS, bears_on, relevance
from study.errors import AtelierError
from study.settings import ROOT

PAGE = ROOT / "docs" / "benchmarks" / "ikat.md"
MARK = "<!-- written by python -m benchmarks.ikat FOLDER --write -->"
THRESHOLDS = [round(0.04 * step, 2) for step in range(14)]


@dataclass(frozen=True)
class Turn:
    """A message with what was said before and the person's statements; `bear`: which of them bear on it."""

    id: str
    message: str
    resolved: str
    context: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    bear: tuple[bool, ...]
    needs_none: bool


@dataclass(frozen=True)
class Hits:
    """Shares over the turns that have a statement that bears; nDCG at 3."""

    first: float
    three: float
    ndcg: float
    turns: int


@dataclass(frozen=True)
class Kept:
    """What a threshold lets through: of turns that need none and of hits among the first three."""

    threshold: float
    false_uses: int
    of_none: int
    hits: int
    of_hits: int

    @property
    def saved(self) -> int:
        """Turns on which nothing is used falsely any more."""
        return self.of_none - self.false_uses

    @property
    def lost(self) -> int:
        """Turns on which what bears is no longer used."""
        return self.of_hits - self.hits


Ranking = Callable[[Turn], Sequence[float]]


def read_topics(file: Path, judged: dict[str, dict[str, int]] | None = None) -> list[Turn]:
    """The turns of a topics file. What bears is what was judged, and without judgements what its author named.

    A turn needs none when its author named no statement. Raises AtelierError for a file of another format.
    """
    try:
        topics = json.loads(file.read_text(encoding="utf-8"))
        return [turn for topic in topics for turn in _turns(topic, judged)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AtelierError(f"{file} cannot be read as iKAT topics ({type(error).__name__}: {error}).") from error


def read_judgements(file: Path) -> dict[str, dict[str, int]]:
    """Turn → statement → judged relevance, from lines `turn 0 statement relevance`."""
    judged: dict[str, dict[str, int]] = {}
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            turn, _, statement, value = line.split()
            judged.setdefault(turn, {})[statement] = int(value)
    except (OSError, ValueError) as error:
        raise AtelierError(f"{file} cannot be read as judgements ({type(error).__name__}: {error}).") from error
    return judged


def _turns(topic: dict[str, Any], judged: dict[str, dict[str, int]] | None) -> Iterable[Turn]:
    context: list[str] = []
    names = list(topic["ptkb"])
    for turn in topic["turns"]:
        identity = f"{topic['number']}_{turn['turn_id']}"
        named = {str(number) for number in turn["ptkb_provenance"]}
        found = {name for name, value in judged.get(identity, {}).items() if value} if judged is not None else named
        yield Turn(
            identity,
            turn["utterance"],
            turn["resolved_utterance"],
            tuple(context),
            tuple(names),
            tuple(topic["ptkb"][name] for name in names),
            tuple(name in found for name in names),
            not named,
        )
        context += [turn["utterance"], turn["response"]]


def hits(turns: Iterable[Turn], ranking: Ranking) -> Hits:
    """How good a ranking is on the turns that have something to find; of equal scores the earlier statement first."""
    first = three = gain = 0.0
    count = 0
    for turn in turns:
        if any(turn.bear):
            found = [turn.bear[n] for n in best(ranking(turn))]
            first, three, gain, count = first + found[0], three + any(found[:3]), gain + ndcg(found, 3), count + 1
    return Hits(first / count, three / count, gain / count, count) if count else Hits(0, 0, 0, 0)


def best(scores: Sequence[float]) -> list[int]:
    """Places, best first; of equal scores the earlier one."""
    return sorted(range(len(scores)), key=lambda n: -scores[n])


def ndcg(found: Sequence[bool], depth: int) -> float:
    """Normalised discounted cumulative gain of relevance yes or no, by rank."""
    ideal = sum(1 / math.log2(n + 2) for n in range(min(depth, sum(found))))
    return sum(hit / math.log2(n + 2) for n, hit in enumerate(found[:depth])) / ideal if ideal else 0.0


def by_chance(turns: Iterable[Turn]) -> Hits:
    """What any order gives on average, computed and not drawn (hypergeometric; nDCG by linearity)."""
    some = [turn for turn in turns if any(turn.bear)]
    first = three = gain = 0.0
    for turn in some:
        many, right = len(turn.bear), sum(turn.bear)
        first += right / many
        three += 1 - math.comb(many - right, 3) / math.comb(many, 3) if many >= 3 else 1
        ideal = sum(1 / math.log2(n + 2) for n in range(min(3, right)))
        gain += right / many * sum(1 / math.log2(n + 2) for n in range(min(3, many))) / ideal
    return Hits(first / len(some), three / len(some), gain / len(some), len(some))


RANKINGS: dict[str, Ranking] = {
    "BM25 of the utterance": lambda turn: bm25(turn.message, turn.texts),
    "BM25 of the rewritten utterance": lambda turn: bm25(turn.resolved, turn.texts),
    "BM25 of the utterance, sought conventions": lambda turn: sought_bm25(turn.message, turn.texts, turn.names),
    "BM25 of the rewritten utterance, sought conventions": lambda turn: sought_bm25(
        turn.resolved, turn.texts, turn.names
    ),
    "built-in embedding alone": lambda turn: [float(vector_of(text) @ vector_of(turn.message)) for text in turn.texts],
    "`relevance` without the conversation": lambda turn: relevance(turn.message, (), turn.texts),
    "`relevance`": lambda turn: relevance(turn.message, turn.context, turn.texts),
}


def kept(turns: Sequence[Turn], threshold: float) -> Kept:
    """What is used when only statements at or above the threshold are, at most three."""
    false_uses = none = found = possible = 0
    for turn in turns:
        scores = bears_on(turn.message, turn.context, turn.texts)
        top = best(scores)[:3]
        if turn.needs_none:
            none += 1
            false_uses += max(scores) >= threshold
        if any(turn.bear[n] for n in top):
            possible += 1
            found += any(turn.bear[n] and scores[n] >= threshold for n in top)
    return Kept(threshold, false_uses, none, found, possible)


def undisputed(turns: Iterable[Turn]) -> list[Turn]:
    """Without the turns that need no statement by their author and some by the judges."""
    return [turn for turn in turns if not (turn.needs_none and any(turn.bear))]


def operating_point(turns: Sequence[Turn]) -> Kept:
    """The threshold at which the share of turns saved exceeds the share of hits lost by most; of equals the lowest.

    Shares, not counts: turns that need nothing are more, and by counts the best filter lets nothing through.
    """
    return max(
        (kept(turns, threshold) for threshold in THRESHOLDS),
        key=lambda at: _share(at.saved, at.of_none) - _share(at.lost, at.of_hits),
    )


def ranking_table(sets: dict[str, Sequence[Turn]]) -> list[str]:
    """hit@1 / hit@3 / nDCG@3 of every ranking on every set, as a Markdown table."""
    lines = [f"| hit@1 / hit@3 / nDCG@3 | {' | '.join(sets)} |", "|---" * (len(sets) + 1) + "|"]
    lines.append(f"| any order, on average | {' | '.join(_shown(by_chance(turns)) for turns in sets.values())} |")
    for name, ranking in RANKINGS.items():
        lines.append(f"| {name} | {' | '.join(_shown(hits(turns, ranking)) for turns in sets.values())} |")
    counted = (str(sum(any(turn.bear) for turn in turns)) for turns in sets.values())
    return [*lines, f"| turns with something to find | {' | '.join(counted)} |"]


def filter_table(turns: Sequence[Turn]) -> list[str]:
    """The curve of the threshold, as a Markdown table."""
    lines = ["| threshold | false uses | hits kept | turns saved | hits lost |", "|---|---|---|---|---|"]
    for threshold in THRESHOLDS:
        at = kept(turns, threshold)
        used, found = _share(at.false_uses, at.of_none), _share(at.hits, at.of_hits)
        shown = f"**{threshold:.2f}**" if threshold == BEARS else f"{threshold:.2f}"
        lines.append(
            f"| {shown} | {_third(used)} ({at.false_uses}) | {_third(found)} ({at.hits}) | {at.saved} | {at.lost} |"
        )
    return lines


def report(folder: Path) -> list[str]:
    """Everything, as the lines of a Markdown page."""
    judged = read_judgements(folder / "2023_ptkb_rel_nist.txt")
    test = read_topics(folder / "2023_test_topics.json", judged)
    named = read_topics(folder / "2023_test_topics.json")
    train = read_topics(folder / "2023_train_topics.json")
    sets = {"test, judged": test, "test, named by the author": named, "training, named by the author": train}
    chosen = operating_point(train)
    return [
        "### Which statements bear on a turn",
        *ranking_table(sets),
        "",
        f"### The filter on the test topics: {_counted(test)}",
        *filter_table(test),
        "",
        f"### The same without the turns on which author and judges disagree: {_counted(undisputed(test))}",
        *filter_table(undisputed(test)),
        "",
        f"### The same on the training topics, where the threshold was chosen: {_counted(train)}",
        *filter_table(train),
        "",
        f"By the share of turns saved less the share of hits lost, {chosen.threshold:.2f} is the best of these on the "
        "training topics.",
    ]


def main(
    folder: Annotated[Path, typer.Argument(help="The folder with the files of iKAT 2023")],
    write: Annotated[bool, typer.Option("--write", help="Put the tables into docs/benchmarks/ikat.md")] = False,
) -> None:
    """Print the tables; with --write also put them into the page, under its mark."""
    try:
        lines = report(folder)
    except AtelierError as error:
        print(error)
        raise typer.Exit(1) from None
    print("\n".join(lines))
    if write:
        head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
        PAGE.write_text("\n".join([f"{head}{MARK}", "", *lines, ""]), encoding="utf-8")


def _shown(found: Hits) -> str:
    return f"{_third(found.first)} / {_third(found.three)} / {_third(found.ndcg)}"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _third(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _counted(turns: Sequence[Turn]) -> str:
    at = kept(turns, 0)
    some = sum(any(turn.bear) for turn in turns)
    return f"{at.of_none} turns need none, {some} need some, of which {at.of_hits} are hits before filtering"


if __name__ == "__main__":
    typer.run(main)
