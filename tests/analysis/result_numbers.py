"""Every number in the result of an analysis, by the names beside it, with what a change of the data may do to it."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

Sort = Literal["same", "place", "difference", "spread", "square", "sign", "side", "rank", "ratio", "share", "drawn"]
"""What a number is on the scale of the outcome: a place on it, a difference between two places, a spread (never negative), a spread
squared, or none of these. `sign`: turns with the direction, has no unit. `side`: of two one-sided answers. `rank`: a sum of ranks
that counts one side. `ratio`: of two odds. `share`: of successes. `drawn`: by chance, from whoever stands where in the data."""
Key = tuple[str, ...]
LABELS = ("first", "second", "term", "level", "condition", "item", "kind", "from", "to", "variable")
SKIPPED = ("design", "fit", "seed", "values", "covariance", "names", "hypothesis", "measure", "alpha_level")
RANKS = ("W+", "U", "only first")
SORTS: dict[str, dict[Sort, str]] = {
    "Estimate": {"difference": "difference low high", "spread": "se", "sign": "value standardised standardised_low standardised_high"},
    "MarginalMean": {"place": "mean low high", "spread": "se"},
    "RestrictedMean": {"place": "mean low high horizon", "spread": "se"},
    "Curve": {"place": "times"},
    "CochranQ": {"share": "shares"},
    "Equivalence": {"difference": "difference low high", "side": "p_lower p_upper", "sign": "t_lower t_upper"},
    "Effect": {"square": "ss sse"},
    "Slope": {"difference": "slope low high", "spread": "se", "sign": "t"},
    "BayesFactor": {"side": "above below"},
    "Friedman": {"rank": "mean_ranks"},
    "ItemReliability": {"place": "mean", "spread": "sd loading"},
    "Agreement": {"drawn": "low high"},
    "Homogeneity": {"drawn": "p"},
    "Contrast": {
        "place": "mean_first mean_second", "difference": "difference low high hodges_lehmann", "rank": "w_plus",
        "sign": "t dz dz_low dz_high d_av g_av rank_biserial",
    },
    "Described": {"place": "mean median", "spread": "sd"},
    "DataFrame": {"place": "mean median", "spread": "sd iqr within_ci", "sign": "estimate z rank_difference", "rank": "statistic"},
}  # fmt: skip
"""Where the number of a result lies, by the result's class; all others stay the same."""
OTHER_SIDE = {
    "low": "high", "standardised_low": "standardised_high", "dz_low": "dz_high", "p_lower": "p_upper",
    "t_lower": "t_upper", "above": "below",
}  # fmt: skip
OTHER_SIDE |= {second: first for first, second in OTHER_SIDE.items()}
MEANS = {"mean_first": "mean_second", "mean_second": "mean_first"}
TURNING: tuple[Sort, ...] = ("place", "difference", "sign", "side", "ratio")


class Number(NamedTuple):
    """A value and what it is."""

    value: float
    sort: Sort


Numbers = dict[Key, Number]


def numbers(found: object, named: Mapping[str, str] | None = None) -> Numbers:
    """Every number of a result; the names of conditions in its keys are replaced as `named` says."""
    counted: Counter[Key] = Counter()
    made: Numbers = {}
    for labels, name, number in _numbers(found, (), ""):
        key = tuple(re.sub(r"\w+", lambda word: (named or {}).get(word[0], word[0]), label) for label in labels)
        counted[(*key, name)] += 1
        made[(*key, str(counted[(*key, name)]), name)] = number
    return made


def _numbers(found: Any, labels: Key, name: str, sort: Sort = "same") -> Iterator[tuple[Key, str, Number]]:
    if hasattr(found, "kinds"):
        yield from _numbers(found.table(), (*labels, found.condition), name)
    elif dataclasses.is_dataclass(found):
        held = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
        yield from _of_fields(held, labels, _sort_of(found))
    elif isinstance(found, pd.DataFrame):
        for row in found.to_dict("records"):
            yield from _of_fields({str(key): value for key, value in row.items()}, labels, _sort_of(found))
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from _numbers(value, (*labels, str(key)), name, sort)
    elif isinstance(found, list | tuple | np.ndarray):
        for value in found:
            yield from _numbers(value, labels, name, sort)
    elif isinstance(found, bool | int | float | np.number | np.bool_):
        yield labels, name, Number(float(found), sort)


def _of_fields(held: Mapping[str, Any], labels: Key, sort: Callable[[str], Sort]) -> Iterator[tuple[Key, str, Number]]:
    own = [str(held[label]) for label in LABELS if isinstance(held.get(label), str)]
    for field, value in held.items():
        if field not in SKIPPED:
            yield from _numbers(value, (*labels, *own), field, sort(field))


def _sort_of(found: Any) -> Callable[[str], Sort]:
    """The sort of each field of this result."""
    sorts = {field: sort for sort, fields in SORTS.get(type(found).__name__, {}).items() for field in fields.split()}
    if isinstance(found, pd.DataFrame):
        return lambda column: sorts.get(column, "same")
    if getattr(found, "statistic", "") in RANKS:
        sorts["value"] = "rank"
    if "odds ratio" in getattr(found, "denominator", ""):
        sorts |= dict.fromkeys(("standardised", "standardised_low", "standardised_high"), "ratio")
    if getattr(found, "scale", "raw") != "raw" or "aligned ranks" in getattr(found, "note", ""):
        sorts |= dict.fromkeys(("difference", "low", "high"), "sign") | {"se": "same"}
    if "draws" in getattr(found, "method", ""):
        sorts |= dict.fromkeys(("se", "low", "high", "value", "p"), "drawn")
    return lambda field: sorts.get(field, "same")


def moved(was: Numbers, by: float = 0.0, times: float = 1.0) -> Numbers:
    """What is found after the outcome is `by + times × outcome`; what counts one side is left out where that turns it."""
    made = {}
    for key, (_, sort) in was.items():
        if times > 0 or sort != "rank":
            other = (*key[:-1], OTHER_SIDE.get(key[-1], key[-1]))
            source = other if times < 0 and sort in TURNING and other in was else key
            made[key] = Number(_moved(was[source].value, sort, by, times), sort)
    return made


def _moved(value: float, sort: Sort, by: float, times: float) -> float:
    if sort == "place":
        return by + times * value
    if times < 0 and sort in ("ratio", "share"):
        return 1 / value if sort == "ratio" else 1 - value
    factors = {"difference": times, "spread": abs(times), "square": times**2, "sign": np.sign(times)}
    return value * float(factors.get(sort, 1.0))


def swapped(was: Numbers, first: str, second: str) -> Numbers:
    """What is found when these two change places in their contrast; contrasts with others are left out."""
    turned, made = moved({key: n for key, n in was.items() if n.sort != "place"}, times=-1), {}
    for key, number in was.items():
        if key[:2] == (first, second):
            field = MEANS.get(key[-1], key[-1])
            made[second, first, *key[2:-1], field] = turned.get(key, number)
        elif number.sort == "side":
            made[key] = turned[key]
        elif first not in key[:2]:
            made[key] = number
    return {key: number for key, number in made.items() if number.sort != "rank"}
