"""How many participants were at each station of a study, per order of the conditions."""

import json
from collections.abc import Iterator

import pandas as pd

from analysis.frames import Frames
from analysis.sample import Sample

COLUMNS = ("stage", "order", "period", "condition", "reason", "count")
ARROW = " → "
STATUS_WORDS = {
    "running": "under way or left without a word",
    "refused_consent": "consent refused",
    "screened_out": "screened out",
    "failed_check": "failed a check",
    "timed_out": "ran out of time",
    "withdrawn": "withdrew",
    "rejected": "rejected by the researcher",
}
"""What a status of a session is called in a report."""


def flow_counts(data: Frames, sample: Sample) -> pd.DataFrame:
    """A row per station: stage, order, period, condition, reason, count (of participants).

    Stages in their order: arrived, consented, not_consented (by reason); then for each order of conditions allocated, for
    each period started and finished, complete, not_complete (by reason), excluded, excluded_by (a rule: one whom two rules
    exclude is in two of these rows), analysed, analysed_of (a planned measure, as reason, where there are several). A period
    is finished once its task was, or once the participant went on from it. Consented is also who reached a period (in studies
    that ask elsewhere); analysed is who has a value of a planned measure under a condition.
    """
    people = data.sessions[data.sessions["simulated"] == sample.simulated]
    agreed = people["consented"] | (people["blocks_reached"] > 0)
    rows = [*_entry(people, agreed)]
    for order, mine in people[agreed].groupby("conditions", sort=True):
        rows += _of_order(tuple(json.loads(str(order))), mine, sample)
    return pd.DataFrame([row for row in rows if len(people)], columns=list(COLUMNS))


def _entry(people: pd.DataFrame, agreed: pd.Series) -> Iterator[tuple[object, ...]]:
    yield ("arrived", "", None, "", "", _number(people))
    yield ("consented", "", None, "", "", _number(people[agreed]))
    yield from _reasons("not_consented", "", people[~agreed])


def _of_order(order: tuple[str, ...], mine: pd.DataFrame, sample: Sample) -> Iterator[tuple[object, ...]]:
    name = ARROW.join(order)
    yield ("allocated", name, None, "", "", _number(mine))
    for period, condition in enumerate(order, start=1):
        reached, finished, done = mine["blocks_reached"], mine["blocks_finished"], mine["complete"]
        yield ("started", name, period, condition, "", _number(mine[reached >= period]))
        on = (finished >= period) | (reached > period) | done
        yield ("finished", name, period, condition, "", _number(mine[on]))
    yield ("complete", name, None, "", "", _number(mine[mine["complete"]]))
    yield from _reasons("not_complete", name, mine[~mine["complete"]])
    out = sample.excluded[sample.excluded["participant"].isin(mine["participant"])]
    yield ("excluded", name, None, "", "", _number(out))
    for rule, rows in out.groupby("rule", sort=True):
        yield ("excluded_by", name, None, "", str(rule), _number(rows))
    yield ("analysed", name, None, "", "", _number(mine[mine["participant"].isin(sample.analysed())]))
    for measure in sample.planned if len(sample.planned) > 1 else ():
        yield (
            "analysed_of",
            name,
            None,
            "",
            measure,
            _number(mine[mine["participant"].isin(sample.analysed(measure))]),
        )


def _reasons(stage: str, order: str, rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    for status, mine in rows.groupby("status", sort=True):
        yield (stage, order, None, "", STATUS_WORDS.get(str(status), str(status)), _number(mine))


def _number(rows: pd.DataFrame) -> int:
    return int(rows["participant"].nunique())
