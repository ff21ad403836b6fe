"""The codebook of a study: every item, scale, condition and measure, as a data frame and to be read.

Everything is said by the protocol and the registry of measures; nothing here has to be kept up to date by hand.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from analysis.frames.making import as_json
from analysis.handover.tables import measure_columns
from analysis.measures import Measure, registry
from analysis.scoring import scale_measure
from study.instruments import RATED, Instrument, Item, Source
from study.protocol import Condition, Protocol
from study.scales import Scale

COLUMNS = (
    "part", "name", "instrument", "version", "item", "text", "type", "answers", "min", "max", "reversed", "required",
    "scale", "scoring", "unit", "direction", "covariate", "source", "doi", "licence", "column",
)  # fmt: skip
"""`part` is item, scale, condition or measure; what does not belong to a part is empty. `column`: of a measure, the name that it
has in `analysis_long.csv`; in `analysis_wide.csv` the condition follows it."""
NUMBERS, FLAGS = ("min", "max"), ("reversed", "required", "covariate")
UNWORDED = "(the published wording has not been pasted in)"


def codebook(protocol: Protocol) -> pd.DataFrame:
    """One row per item, scale, condition and measure of a study, in this order; columns: COLUMNS."""
    rows = [{name: row.get(name) for name in COLUMNS} for row in _rows(protocol)]
    texts = {name: "str" for name in COLUMNS if name not in (*NUMBERS, *FLAGS)}
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({**texts, **dict.fromkeys(NUMBERS, "float64"), **dict.fromkeys(FLAGS, "boolean")})


def readable(protocol: Protocol) -> str:
    """The same as Markdown: conditions, then each instrument with its items and scales, then the measures."""
    parts = [f"# Codebook: {protocol.title}", f"Protocol `{protocol.id}`, version {protocol.version}."]
    parts += ["## Conditions", *(_condition_text(condition) for condition in protocol.conditions), "## Instruments"]
    for instrument in protocol.instruments:
        parts += _instrument_texts(instrument)
    measured = [
        (f"`{m.name}`", m.title, m.unit, m.direction, "yes" if m.covariate else "no", m.source)
        for m in registry(protocol)
    ]
    heads = ("measure", "title", "unit", "better", "may be a covariate", "where it comes from")
    return "\n\n".join([*parts, "## Measures", _table(heads, measured)]) + "\n"


def answers(item: Item) -> str:
    """What can be answered: points with their labels, options with theirs, or the kind of text or number."""
    if item.type in RATED:
        labels = list(item.labels) or [item.low, *[""] * (len(item.scale()) - 2), item.high]
        named = [f"{point:g} = {label}" for point, label in zip(item.scale(), labels, strict=True) if label]
        span = f"{item.min:g} to {item.max:g}" + (f" in steps of {item.step:g}" if item.step != 1 else "")
        return "; ".join([span, *named])
    if item.options == "conditions":
        return "the conditions that the participant met"
    if item.options and not isinstance(item.options, str):
        return "; ".join(f"{option.value} = {option.label}" for option in item.options)
    limits = [f"{name} {value}" for name, value in (("from", item.min), ("to", item.max)) if value is not None]
    return " ".join([item.type.replace("_", " "), *limits])


def scoring(instrument: Instrument, scale: Scale) -> str:
    """How a scale is computed, as one sentence."""
    items = [f"{name} (reversed)" if instrument.item(name).reversed else name for name in scale.items]
    how = {"mean": "mean", "sum": "sum", "weighted": "mean, weighted by the choices in pairs,"}[scale.method]
    moved = f"; then (x + {scale.shift:g}) × {scale.factor:g} + {scale.offset:g}"
    change = moved if (scale.shift, scale.factor, scale.offset) != (0, 1, 0) else ""
    filled = "takes the middle of its scale" if scale.missing == "middle" else "is left out"
    lacking = f"up to {scale.max_missing} may be missing ({filled})" if scale.max_missing else "none may be missing"
    return f"{how} of {', '.join(items)}{change}; {lacking}"


def _rows(protocol: Protocol) -> Iterator[dict[str, Any]]:
    for instrument in protocol.instruments:
        about = {"instrument": instrument.id, "version": instrument.version, **_source(instrument.source)}
        yield from ({**about, **_item(instrument, item)} for item in instrument.items)
        yield from ({**about, **_scale(instrument, scale)} for scale in instrument.scoring)
    yield from (_condition(condition) for condition in protocol.conditions)
    columns = measure_columns(protocol)
    yield from (_measure(measure, columns[measure.name]) for measure in registry(protocol))


def _item(instrument: Instrument, item: Item) -> dict[str, Any]:
    plain = {name: getattr(item, name) for name in ("type", "min", "max", "reversed", "required")}
    scales = [scale_measure(instrument, scale) for scale in instrument.scoring if item.id in scale.items]
    named = {"part": "item", "name": f"{instrument.id}.{item.id}", "item": item.id, "text": item.text or UNWORDED}
    return {**named, **plain, "answers": answers(item), "scale": ", ".join(scales) or None}


def _scale(instrument: Instrument, scale: Scale) -> dict[str, Any]:
    name = scale_measure(instrument, scale)
    named = {"part": "scale", "name": name, "scale": name, "text": scale.name, "type": scale.method}
    ends = dict(zip(NUMBERS, scale.range, strict=True))
    return {**named, **ends, "scoring": scoring(instrument, scale), "direction": scale.direction}


def _condition(condition: Condition) -> dict[str, Any]:
    uses = [{"name": use.name, "params": use.params} for use in condition.mechanisms]
    levels = f"; levels {as_json(condition.levels)}" if condition.levels else ""
    text = f"plan panel {condition.plan_panel}{levels}"
    return {"part": "condition", "name": condition.id, "text": text, "source": as_json(uses)}


def _measure(measure: Measure, column: str) -> dict[str, Any]:
    same = {name: getattr(measure, name) for name in ("name", "unit", "direction", "covariate", "source")}
    return {
        "part": "measure",
        "text": measure.title,
        "instrument": measure.instrument or None,
        "column": column,
        **same,
    }


def _source(source: Source) -> dict[str, Any]:
    return {"source": source.citation, "doi": source.doi, "licence": source.licence}


def _condition_text(condition: Condition) -> str:
    lines = [f"### {condition.id}", ""]
    lines += [f"- `{use.name}` {as_json(use.params) if use.params else ''}".rstrip() for use in condition.mechanisms]
    lines += [f"- {factor}: {level}" for factor, level in condition.levels.items()]
    return "\n".join([*lines, f"- plan panel {condition.plan_panel}"])


def _instrument_texts(instrument: Instrument) -> Iterator[str]:
    source = instrument.source
    doi = f" https://doi.org/{source.doi}." if source.doi else ""
    yield f"### {instrument.title} (`{instrument.id}`, version {instrument.version})"
    yield f"{source.citation.rstrip('.')}.{doi} Licence: {source.licence.rstrip('.')}."
    items = [(f"`{i.id}`", i.text or UNWORDED, answers(i), "reversed" if i.reversed else "") for i in instrument.items]
    yield _table(("item", "text", "answers", ""), items)
    scales = [
        f"- `{scale_measure(instrument, s)}` {s.name}: {scoring(instrument, s)}. "
        f"From {s.range[0]:g} to {s.range[1]:g}; better: {s.direction}."
        for s in instrument.scoring
    ]
    if scales:
        yield "\n".join(scales)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    listed = [list(heads), *map(list, rows)]
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in listed]
    return "\n".join([lines[0], "|" + " --- |" * len(listed[0]), *lines[1:]])


def _cell(text: str) -> str:
    """A text that stays within its cell."""
    return " ".join(text.split()).replace("|", "\\|")
