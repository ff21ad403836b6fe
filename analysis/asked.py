"""One measure as one or more hypotheses ask about it: the rows, coded for a model, and who meets what.

Hypotheses about the same measure share these rows and the model fitted to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.answered import is_single_item
from analysis.inference.estimate import NotEstimable
from study.analysis_plan import Hypothesis, Interaction, Test
from study.design import groups
from study.protocol import Protocol

LEVEL, VALUE, GIVEN, WHO = "level", "value", "given", "participant"
NUISANCES = ("period", "task")


@dataclass(frozen=True)
class Asked:
    """The rows of one measure: participant, level (a condition, or a level of a factor), period, task, other factors,
    value, and `given` where something is held constant; one row per participant and condition.

    `levels`: condition → its level. `met`: the conditions that one participant meets by design, for every group of
    participants. `others`: further factors of the design. `crossed`: the factor of them that is asked to interact with the
    level. `logged`: the values are logarithms.
    """

    measure: str
    rows: pd.DataFrame
    levels: Mapping[str, str]
    met: tuple[frozenset[str], ...]
    others: tuple[str, ...]
    has_given: bool
    crossed: Interaction | None = None
    logged: bool = False

    @property
    def repeated(self) -> bool:
        """Whether somebody has several rows."""
        return bool(self.rows.duplicated(WHO).any())

    @property
    def within(self) -> bool:
        """Whether everybody meets every level, by design."""
        return all({self.levels[condition] for condition in group} == set(self.levels.values()) for group in self.met)

    def paired(self, first: str, second: str) -> bool:
        """Whether the same people meet both levels, by design. In a mixed design they do of some pairs and not of others."""
        return any({first, second} <= {self.levels[condition] for condition in group} for group in self.met)

    @property
    def per_level(self) -> pd.DataFrame:
        """One row per participant and level: the mean over the conditions with that level.

        Only of who has a value in each of these conditions that they were to meet: a mean of what is left would hold another
        mixture of the other factors, and their effects would count as this one.
        """
        return self._means[self._means["whole"]].drop(columns="whole").reset_index(drop=True)

    def lacking(self, *levels: str) -> int:
        """How many participants have values at one of these levels, but not in all of its conditions."""
        return int(self._means.loc[~self._means["whole"] & self._means[LEVEL].isin(levels), WHO].nunique())

    @cached_property
    def _means(self) -> pd.DataFrame:
        rows = self.rows[self.rows["condition"].isin(self._counted)]
        conditions = rows.groupby([WHO, LEVEL, "condition"], observed=True, sort=False)[VALUE].mean().reset_index()
        levels = conditions.groupby([WHO, LEVEL], observed=True, sort=False)
        needed = {level: self._needed(level) for level in conditions[LEVEL].unique()}
        whole = [any(need <= set(own) for need in needed[level]) for (_, level), own in levels["condition"]]
        return levels[VALUE].mean().reset_index().assign(whole=whole)

    @cached_property
    def _counted(self) -> frozenset[str]:
        """The conditions that make the mean of a level: those whose combination of the other factors every level has.

        Where no combination is at every level (a fraction of the factorial design) all of them, which by design balance.
        """
        places = self.rows[["condition", LEVEL, *self.others]].drop_duplicates()
        beside = [tuple(combination) for combination in places[list(self.others)].to_numpy()]
        found: dict[str, set[tuple[str, ...]]] = {level: set() for level in places[LEVEL]}
        for level, combination in zip(places[LEVEL], beside, strict=True):
            found[level].add(combination)
        shared = set.intersection(*found.values()) if found else set()
        return frozenset(c for c, own in zip(places["condition"], beside, strict=True) if own in shared or not shared)

    def _needed(self, level: str) -> list[frozenset[str]]:
        """The conditions of this level that somebody meets by design, for each group that meets any."""
        of_level = {condition for condition in self._counted if self.levels[condition] == level}
        return [need for group in self.met if (need := group & of_level)]

    def formula(self) -> tuple[str, tuple[str, ...]]:
        """The model of the values, and what had to be left out of it because the data cannot tell it apart.

        `value ~ level`, then what is held constant, the other factors, the period and the task, each only if it varies.
        """
        return self._model

    @property
    def terms(self) -> list[str]:
        """The right side of the formula, name by name."""
        return self._model[0].split(" ~ ")[1].split(" + ")

    @cached_property
    def _model(self) -> tuple[str, tuple[str, ...]]:
        asked_for = [LEVEL]
        if self.crossed:
            asked_for += [self.crossed.factor, f"{LEVEL}:{self.crossed.factor}"]
        others = [name for name in self.others if name not in asked_for]
        wanted = [*([GIVEN] if self.has_given else ()), *others, *filter(self._varies, NUISANCES)]
        if self._can_tell_apart([*asked_for, *wanted]):
            return _formula([*asked_for, *wanted]), ()
        terms, left_out = asked_for, []
        for name in wanted:
            (terms if self._can_tell_apart([*terms, name]) else left_out).append(name)
        return _formula(terms), tuple(left_out)

    def _varies(self, nuisance: str) -> bool:
        """Of the period: within somebody, as it is no more than noise where everybody has one."""
        seen = self.rows.groupby(WHO)[nuisance].nunique() if nuisance == "period" else self.rows[[nuisance]].nunique()
        return bool((seen > 1).any())

    def _can_tell_apart(self, terms: Sequence[str]) -> bool:
        rows = self.rows[[name for name in terms if ":" not in name]].dropna()
        parts = [_term(rows, name) for name in terms]
        x = np.column_stack([np.ones(len(rows)), *parts])
        return all(part.shape[1] for part in parts) and np.linalg.matrix_rank(x) == x.shape[1] < len(x)


def _columns(values: pd.Series) -> np.ndarray:
    """What a term adds to the columns of a model: a number itself, a category one column for each level but the first."""
    if pd.api.types.is_float_dtype(values):
        return values.to_numpy()[:, None]
    codes, levels = pd.factorize(values)
    return np.eye(len(levels))[codes, 1:]


def _term(rows: pd.DataFrame, name: str) -> np.ndarray:
    """The columns of one term; of an interaction every product of those of its parts."""
    first, *rest = (_columns(rows[part]) for part in name.split(":"))
    for other in rest:
        first = np.einsum("ni,nj->nij", first, other).reshape(len(rows), -1)
    return first


def _formula(terms: Sequence[str]) -> str:
    return f"{VALUE} ~ {' + '.join(terms)}"


def asked(sample_rows: pd.DataFrame, protocol: Protocol, like: Hypothesis) -> Asked:
    """The rows for every hypothesis with this one's measure, factor and given. Raises NotEstimable if there are none."""
    rows = sample_rows[sample_rows["measure"] == like.measure].dropna(subset=[VALUE])
    if rows.empty:
        raise NotEstimable(f"Nobody has a value of '{like.measure}' yet.")
    if rows["condition"].isna().all():
        raise NotEstimable(
            f"'{like.measure}' belongs to people, not to conditions, so conditions cannot be compared on it."
        )
    rows = rows.dropna(subset=["condition"])
    _once(rows)
    if like.log:
        rows = rows.assign(value=_logarithms(rows))
    others = [factor.id for factor in protocol.factors if factor.id != like.factor] if like.factor else []
    levels = levels_of(protocol, like.factor)
    coded = pd.DataFrame(
        {
            WHO: rows["participant"].astype(object),
            LEVEL: pd.Categorical([levels[c] for c in rows["condition"]], list(dict.fromkeys(levels.values()))),
            "condition": rows["condition"].astype(object),
            "period": rows["block"].map(lambda block: None if pd.isna(block) else f"{block:g}"),
            "task": rows["task"].fillna("").astype(object),
            VALUE: rows[VALUE].astype(float),
            **{name: _of_factor(protocol, rows["condition"], name) for name in others},
        }
    )
    if like.given:
        coded[GIVEN] = given_values(sample_rows, rows, like.given)
    if protocol.analysis.missing == "complete":
        coded = complete_cases(coded, protocol)
    met = tuple(map(frozenset, groups(protocol)))
    return Asked(
        like.measure,
        coded.reset_index(drop=True),
        levels,
        met,
        tuple(others),
        bool(like.given),
        like.interaction,
        like.log,
    )


def _logarithms(rows: pd.DataFrame) -> np.ndarray:
    """Raises NotEstimable for a value that has none, and says whose it is."""
    values = rows[VALUE].to_numpy(dtype=float)
    if (values <= 0).any():
        row = rows.iloc[int(np.argmin(values))]
        raise NotEstimable(
            f"Participant {row['participant']} has {row[VALUE]:g} as '{row['measure']}' in condition '{row['condition']}', which has "
            "no logarithm: log is for amounts above zero."
        )
    return np.log(values)


def _once(rows: pd.DataFrame) -> None:
    """Models would take a second row for another time, means would hide it."""
    place = [WHO, "condition", "block", "task"]
    if len(twice := rows[rows.duplicated(place)]):
        row = twice.iloc[0]
        raise NotEstimable(
            f"Participant {row[WHO]} has more than one value of '{row['measure']}' in condition '{row['condition']}'. "
            "Each place of a study has one value of a measure: take the repetition out of the rows."
        )


def levels_of(protocol: Protocol, factor: str | None) -> dict[str, str]:
    """Condition → the level that a hypothesis about this factor compares; without a factor the condition itself."""
    return {c.id: c.levels[factor] if factor else c.id for c in protocol.conditions}


def given_values(sample_rows: pd.DataFrame, rows: pd.DataFrame, given: str) -> list[float]:
    """The measure that is held constant, for each of these rows: of the same block where it was asked there, else of the person.

    Of the person is what was asked outside the blocks. What one block lacks is never taken from another.
    """
    held = sample_rows[sample_rows["measure"] == given].dropna(subset=[VALUE])
    by_block = dict(zip(zip(held["session_id"], held["block"].fillna(-1), strict=True), held[VALUE], strict=True))
    of_people = held[held["block"].isna()].drop_duplicates("session_id")
    by_person = of_people.set_index("session_id")[VALUE].to_dict()
    keys = zip(rows["session_id"], rows["block"].fillna(-1), strict=True)
    return [by_block.get(key, by_person.get(key[0], float("nan"))) for key in keys]


def hypotheses(protocol: Protocol, primary: Sequence[str]) -> tuple[Hypothesis, ...]:
    """The plan's hypotheses; a plan that names none has its contrasts on its primary measures."""
    plan = protocol.analysis
    return plan.hypotheses or compared(primary, protocol, "primary")


def compared(measures: Sequence[str], protocol: Protocol, family: str) -> tuple[Hypothesis, ...]:
    """Every contrast on every measure, as two-sided hypotheses of one family: single items by an ordinal model, others by a linear."""
    ordinal: Test = "ordinal_mixed_model" if any(len(group) > 1 for group in groups(protocol)) else "ordinal_model"
    tests: dict[str, Test] = {name: ordinal if is_single_item(protocol, name) else "mixed_model" for name in measures}
    return tuple(
        Hypothesis(
            id=f"h{number}",
            text=f"{measure} differs between {first} and {second}.",
            measure=measure,
            contrast=(first, second),
            test=tests[measure],
            family=family,
        )
        for number, (measure, first, second) in enumerate(((m, a, b) for m in measures for a, b in pairs(protocol)), 1)
    )


def pairs(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """The contrasts of the protocol, first minus second; every pair of conditions where it plans none."""
    conditions = [condition.id for condition in protocol.conditions]
    return protocol.analysis.contrasts or tuple((b, a) for a, b in combinations(conditions, 2))


def _of_factor(protocol: Protocol, conditions: pd.Series, factor: str) -> list[str]:
    levels = {condition.id: condition.levels[factor] for condition in protocol.conditions}
    return [levels[condition] for condition in conditions]


def complete_cases(rows: pd.DataFrame, protocol: Protocol) -> pd.DataFrame:
    """Only participants who have every condition that their group meets."""
    met = rows.groupby(WHO)["condition"].agg(set)
    whole = [person for person, conditions in met.items() if any(conditions >= set(g) for g in groups(protocol))]
    return rows[rows[WHO].isin(whole)]
