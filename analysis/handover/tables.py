"""The two tables that other programs open: a row per participant and condition, and a row per participant.

Everybody who counts is in them; whom the plan leaves out is marked, with the rule, and stays. Ids, conditions, periods and
tasks are texts, so that no program takes them for a scale; an empty cell is a value that there is not.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.asked import given_values, hypotheses, levels_of
from analysis.columns import TEXT
from analysis.frames import Frames
from analysis.handover.names import r_names
from analysis.inference.order import with_order
from analysis.measures import measure_names, registry
from analysis.sample import Sample, eligible, sample
from study.analysis_plan import Hypothesis
from study.protocol import Protocol
from study.records import Record

PLACE = ["session_id", "participant", "block", "condition"]
PERSON = ("participant", "simulated", "status", "excluded", "excluded_by", "sequence")
HERE = ("condition", "period", "previous", "task")
YES, NO = "yes", "no"
BEFORE = " > "
"""Stands between the conditions of a sequence."""


@dataclass(frozen=True)
class Handover:
    """What is handed over of a study: the rows of measures of everybody who counts, and the plan that is asked of them.

    `everybody`: as `sample.eligible` gives them; `chosen`: those that are analysed, and who is left out by which rule;
    `orders`: participant → conditions as assigned, where that is known.
    """

    everybody: pd.DataFrame
    chosen: Sample
    protocol: Protocol
    orders: Mapping[str, tuple[str, ...]]

    @cached_property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Those of the plan."""
        return hypotheses(self.protocol, measure_names(self.protocol, self.protocol.analysis.primary))

    @cached_property
    def factors(self) -> dict[str, str]:
        """Factor of the design → its column."""
        return r_names((factor.id for factor in self.protocol.factors), (*PERSON, *HERE))

    @cached_property
    def measures(self) -> dict[str, str]:
        """Measure → its column."""
        return measure_columns(self.protocol, self.everybody["measure"])

    @cached_property
    def given(self) -> dict[str, str]:
        """Measure that a hypothesis holds constant → the column with its values as that hypothesis takes them."""
        held = dict.fromkeys(h.given for h in self.hypotheses if h.given)
        made = r_names(
            (f"given.{name}" for name in held), (*PERSON, *HERE, *self.factors.values(), *self.measures.values())
        )
        return {name: made[f"given.{name}"] for name in held}

    @cached_property
    def logarithms(self) -> dict[str, str]:
        """Measure that a hypothesis compares by logarithms → the column that the script makes of them."""
        wanted = dict.fromkeys(h.measure for h in self.hypotheses if h.log)
        taken = (*PERSON, *HERE, *self.factors.values(), *self.measures.values(), *self.given.values())
        made = r_names((f"log.{name}" for name in wanted), taken)
        return {name: made[f"log.{name}"] for name in wanted}

    @cached_property
    def of_conditions(self) -> list[str]:
        """The measures that have a value for each condition; the others have one for each participant."""
        there = set(self.everybody.loc[self.everybody["condition"].notna(), "measure"])
        return [name for name in self.measures if name in there]

    @cached_property
    def of_people(self) -> list[str]:
        """The measures that have one value for each participant."""
        there = set(self.everybody["measure"]) - set(self.of_conditions)
        return [name for name in self.measures if name in there]

    @cached_property
    def long(self) -> pd.DataFrame:
        """One row per participant and condition, in order of participants and periods."""
        rows = self.everybody.dropna(subset=["condition"]).astype({"participant": object, "condition": object})
        values = _spread(rows, PLACE, self.of_conditions).reset_index()
        people = _spread(
            self.everybody[self.everybody["measure"].isin(self.of_people)], ["participant"], self.of_people
        )
        made = values.merge(people, left_on="participant", right_index=True, how="left")
        held = {column: given_values(self.everybody, made, name) for name, column in self.given.items()}
        made = made.rename(columns=self.measures).assign(**held)
        made = with_order(made.assign(**self._of_person(made["participant"])))
        of_plan = rows["measure"].isin([h.measure for h in self.hypotheses])
        made["task"] = _first_of(pd.concat([rows[of_plan], rows[~of_plan]]), "task", made)
        made["period"] = [None if pd.isna(block) else period(block) for block in made["block"]]
        made = made.assign(**{column: self._level_of(made, factor) for factor, column in self.factors.items()})
        texts = [*PERSON, *self.factors.values(), *HERE]
        columns = [self.measures[name] for name in (*self.of_conditions, *self.of_people)]
        return _typed(made.sort_values(["participant", "block"]), texts, [*self.given.values(), *columns])

    @cached_property
    def wide_columns(self) -> dict[tuple[str, str], str]:
        """(measure, condition) → its column in the wide table; a measure of people has the condition ""."""
        pairs = [(name, c.id) for name in self.of_conditions for c in self.protocol.conditions]
        named = {f"{name}.{condition}": (name, condition) for name, condition in pairs}
        people = {self.measures[name]: (name, "") for name in self.of_people}
        columns = r_names(named, (*PERSON, *people))
        return {
            **{pair: columns[name] for name, pair in named.items()},
            **{pair: name for name, pair in people.items()},
        }

    @cached_property
    def wide(self) -> pd.DataFrame:
        """One row per participant; where a condition was met twice, the mean of both."""
        who = self.everybody[["participant"]].drop_duplicates().sort_values("participant")
        made = who.assign(**self._of_person(who["participant"]))
        cells = self.everybody.assign(condition=self.everybody["condition"].fillna(""))
        means = cells.groupby(["participant", "measure", "condition"], sort=False)["value"].mean()
        spread = means.unstack(["measure", "condition"])
        values = {column: spread[cell] for cell, column in self.wide_columns.items() if cell in spread}
        made = made.merge(pd.DataFrame(values, index=spread.index), left_on="participant", right_index=True, how="left")
        made = made.reindex(columns=[*made.columns, *(set(self.wide_columns.values()) - set(values))])
        return _typed(made, PERSON, list(self.wide_columns.values()))

    def _of_person(self, people: pd.Series) -> dict[str, list[str | None]]:
        """What stands in both tables of each participant."""
        about = self.everybody.drop_duplicates("participant").set_index("participant")
        rules = self.chosen.excluded.groupby("participant")["rule"].agg("; ".join).to_dict()
        return {
            "simulated": [YES if about.at[name, "simulated"] else NO for name in people],
            "status": [about.at[name, "status"] for name in people],
            "excluded": [YES if name in rules else NO for name in people],
            "excluded_by": [rules.get(name) for name in people],
            "sequence": [BEFORE.join(self.orders[name]) if name in self.orders else None for name in people],
        }

    def _level_of(self, rows: pd.DataFrame, factor: str) -> list[str]:
        levels = levels_of(self.protocol, factor)
        return [levels[condition] for condition in rows["condition"]]


def handover(record: Record, data: Frames, measured: pd.DataFrame, protocol: Protocol) -> Handover:
    """The hand-over of a study as it was read; `protocol`: its newest, which also knows what only earlier ones asked."""
    chosen = sample(measured, data, record.protocols, protocol)
    met = zip(data.sessions["participant"], data.sessions["conditions"], strict=True)
    return Handover(eligible(measured, data), chosen, protocol, {name: tuple(json.loads(told)) for name, told in met})


def measure_columns(protocol: Protocol, more: Iterable[str] = ()) -> dict[str, str]:
    """Measure → its column in both tables (followed by the condition in the wide one); `more`: of earlier versions."""
    names = [*(measure.name for measure in registry(protocol)), *more]
    return r_names(names, (*PERSON, *HERE, *(r_names([f.id for f in protocol.factors], (*PERSON, *HERE)).values())))


def period(block: float) -> str:
    """A period as a text that nobody takes for a number."""
    return f"period_{block:g}"


def _spread(rows: pd.DataFrame, place: list[str], names: list[str]) -> pd.DataFrame:
    """One row per place, one column per measure."""
    found = rows.drop_duplicates([*place, "measure"], keep="last").set_index([*place, "measure"])["value"]
    return found.unstack("measure").reindex(columns=names)


def _first_of(rows: pd.DataFrame, name: str, places: pd.DataFrame) -> list[str | None]:
    known = rows.dropna(subset=[name]).drop_duplicates(PLACE).set_index(PLACE)[name].to_dict()
    return [known.get(place) for place in zip(*(places[key] for key in PLACE), strict=True)]


def _typed(frame: pd.DataFrame, texts: Iterable[str], numbers: Iterable[str]) -> pd.DataFrame:
    """Texts first, then numbers, in pandas' own types."""
    types = {**dict.fromkeys(texts, TEXT), **dict.fromkeys(numbers, "float64")}
    return frame[list(types)].astype(types).reset_index(drop=True)
