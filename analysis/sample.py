"""Whose data are analysed: people or simulated participants, without those that the plan excludes.

The rules of exclusion are the protocol's (`analysis.exclusions`); each says whom it left out. Someone is out of bounds who has any
value of the measure beyond them. A failed check is one whose last permitted attempt was wrong. Whom a researcher marked for
exclusion is left out as well, by the researcher's reason.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.asked import complete_cases, hypotheses
from analysis.frames import Frames
from analysis.measures import measure_names
from study.analysis_plan import Exclusion
from study.flow import Assignment
from study.plan import plan
from study.protocol import Protocol

BY_RESEARCHER = "A researcher’s decision: "
"""How the rule of somebody begins whom no rule of the plan excludes."""
LEFT = ("refused_consent", "screened_out", "withdrawn", "rejected")
"""Endings after which nothing of a session is analysed."""


@dataclass(frozen=True)
class Sample:
    """The rows of measures that are analysed, and who is not in them by which rule.

    `excluded`: participant, rule; one row for each rule that applies to somebody. `simulated`: no person has completed the
    study, so simulated participants stand in. `plan_of`: the protocol whose plan says which measures are analysed (None:
    all of them).
    """

    rows: pd.DataFrame
    excluded: pd.DataFrame
    simulated: bool
    plan_of: Protocol | None = None

    @property
    def participants(self) -> int:
        """How many participants are analysed: with a value of a planned measure under a condition."""
        return len(self.analysed())

    def analysed(self, measure: str | None = None) -> frozenset[str]:
        """Who has a value of a planned measure, or of this one, under a condition; of a plan for complete cases under each."""
        values = self.rows.dropna(subset=["value", "condition"])
        names = (measure,) if measure else self.planned or tuple(values["measure"].unique())
        return frozenset().union(
            *(self._as_planned(values[values["measure"] == name])["participant"] for name in names)
        )

    @property
    def planned(self) -> tuple[str, ...]:
        """The measures of the plan's hypotheses."""
        if self.plan_of is None:
            return ()
        asks = hypotheses(self.plan_of, measure_names(self.plan_of, self.plan_of.analysis.primary))
        return tuple(dict.fromkeys(one.measure for one in asks))

    def _as_planned(self, rows: pd.DataFrame) -> pd.DataFrame:
        if self.plan_of is None or self.plan_of.analysis.missing != "complete":
            return rows
        return complete_cases(rows, self.plan_of)

    def with_everybody(self, rows: pd.DataFrame) -> "Sample":
        """The same with these rows, for an analysis of its sensitivity to the exclusions."""
        return replace(self, rows=rows, excluded=self.excluded.iloc[:0])


def sample(measures: pd.DataFrame, data: Frames, protocols: Mapping[int, Protocol], plan_of: Protocol) -> Sample:
    """The rows of one sort of participants, less those who left, or whom the plan of `plan_of` or a researcher excludes."""
    rows = eligible(measures, data)
    rules = plan_of.analysis.exclusions
    failed = failed_checks(data, protocols) if any(rule.failed_checks for rule in rules) else {}
    kept = replace(without_excluded(rows, rules, failed), plan_of=plan_of)
    return _without_marked(kept, marked(data.acts), set(rows["participant"]))


def marked(acts: pd.DataFrame) -> dict[str, str]:
    """Participant → the reason for which a researcher marked them for exclusion and did not take it back."""
    found: dict[str, str] = {}
    for kind, payload in zip(acts["kind"], acts["payload"], strict=True):
        if kind == "exclusion_marked":
            act = json.loads(payload)
            found[act["participant"]] = act["reason"]
        elif kind == "exclusion_unmarked":
            found.pop(json.loads(payload)["participant"], None)
    return found


def _without_marked(chosen: Sample, marked: Mapping[str, str], people: Collection[str]) -> Sample:
    """The same without those of these people who were marked, who may be excluded by a rule besides."""
    out = [(name, BY_RESEARCHER + reason) for name, reason in marked.items() if name in people]
    if not out:
        return chosen
    excluded = pd.concat([chosen.excluded, pd.DataFrame(out, columns=["participant", "rule"])], ignore_index=True)
    kept = chosen.rows[~chosen.rows["participant"].isin([name for name, _ in out])]
    return replace(chosen, rows=kept.reset_index(drop=True), excluded=excluded)


def without_excluded(rows: pd.DataFrame, rules: Sequence[Exclusion], failed: Mapping[str, int]) -> Sample:
    """The rows of those whom no rule leaves out; `failed`: participant → checks that they failed."""
    found = [(name, rule.text) for rule in rules for name in _excluded(rule, rows, failed)]
    excluded = pd.DataFrame(found, columns=["participant", "rule"])
    kept = rows[~rows["participant"].isin(excluded["participant"])]
    return Sample(kept.reset_index(drop=True), excluded, bool(rows["simulated"].any()))


def eligible(measures: pd.DataFrame, data: Frames) -> pd.DataFrame:
    """The rows of people, if one has completed, else of simulated participants; without those who left.

    Sittings that were broken off count with what there is of them: a mixed model uses it. `status` is a column.
    """
    status = data.sessions.set_index("session_id")["status"]
    rows = measures.assign(status=measures["session_id"].map(status))
    people = rows[~rows["simulated"]]
    simulated = not people["complete"].any() and bool((rows["simulated"] & rows["complete"]).any())
    chosen = rows[rows["simulated"]] if simulated else people
    return chosen[~chosen["status"].isin(LEFT)].reset_index(drop=True)


def failed_checks(data: Frames, protocols: Mapping[int, Protocol]) -> dict[str, int]:
    """How many checks each participant failed for good."""
    wrong = data.events[data.events["kind"] == "check_failed"]
    tries = Counter(zip(wrong["session_id"], wrong["step"], strict=True))
    found: dict[str, int] = {}
    for row in data.sessions[data.sessions["session_id"].isin(wrong["session_id"])].to_dict("records"):
        assigned = Assignment(tuple(json.loads(row["conditions"])), tuple(json.loads(row["tasks"])))
        steps = plan(protocols[row["study_version"]], assigned)
        found[row["participant"]] = sum(
            step.check is not None and tries[row["session_id"], step.id] >= step.check.attempts for step in steps
        )
    return found


def _excluded(rule: Exclusion, rows: pd.DataFrame, failed: Mapping[str, int]) -> list[str]:
    out: set[str] = set()
    if rule.failed_checks:
        out |= {name for name, count in failed.items() if count >= rule.failed_checks}
    if rule.measure:
        of = rows[rows["measure"] == rule.measure].dropna(subset=["value"])
        beyond = pd.Series(False, index=of.index)
        if rule.below is not None:
            beyond |= of["value"] < rule.below
        if rule.above is not None:
            beyond |= of["value"] > rule.above
        out |= set(of.loc[beyond, "participant"])
    return sorted(out & set(rows["participant"]))
