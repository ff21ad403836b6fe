"""What a study varies and measures, in words: conditions with their mechanisms, instruments with their items and scoring."""

import json
from collections.abc import Sequence

from analysis.measures import Measure, measure_names, registry
from analysis.preregistration.document import Block, Bullets, Heading
from analysis.scoring import scale_measure
from study.instruments import RATED, Instrument, Item
from study.protocol import Condition, Protocol
from study.scales import Scale
from study.timeline import QuestionnaireStep, walk


def condition(one: Condition) -> str:
    """A condition: its levels, its mechanisms with every parameter that the protocol sets."""
    levels = f" ({', '.join(f'{factor}: {level}' for factor, level in one.levels.items())})" if one.levels else ""
    mechanisms = "; ".join(
        f"`{use.name}`" + (f" with {_params(use.params)}" if use.params else "") for use in one.mechanisms
    )
    panel = " The plan is not shown; there is the conversation alone." if one.plan_panel == "hidden" else ""
    return f"**{one.id}**{levels}: {mechanisms}.{panel}"


def measures(protocol: Protocol, confirmatory: Sequence[str]) -> list[Block]:
    """The measures of the confirmatory analysis in full, then the others by name."""
    known = {measure.name: measure for measure in registry(protocol)}
    needed = [*confirmatory, *(name for _, name in protocol.analysis.measures())]
    chosen = [known[name] for name in dict.fromkeys(measure_names(protocol, needed))]
    blocks: list[Block] = []
    for instrument in protocol.instruments:
        mine = [measure for measure in chosen if measure.instrument == instrument.id]
        if mine:
            blocks += _instrument(protocol, instrument, mine)
    if behaviour := [measure for measure in chosen if not measure.instrument]:
        blocks += [Heading(3, "From behaviour and tests"), Bullets(tuple(_behaviour(measure) for measure in behaviour))]
    others = [i.title for i in protocol.instruments if not any(m.instrument == i.id for m in chosen)]
    if others:
        blocks.append(f"Asked too, for description and exploratory analysis: {', '.join(others)}.")
    return blocks


def _instrument(protocol: Protocol, instrument: Instrument, mine: Sequence[Measure]) -> list[Block]:
    doi = f" doi:{instrument.source.doi}." if instrument.source.doi else ""
    scales = {scale_measure(instrument, scale): scale for scale in instrument.scoring}
    bases = dict.fromkeys(m.name.removesuffix(f".{m.occasion}") if m.occasion else m.name for m in mine)
    used = [scales[name] for name in bases if name in scales]
    alone = [item for item in instrument.items if f"{instrument.id}.{item.id}" in bases]
    scored = [item for item in instrument.items if any(item.id in scale.items for scale in used)]
    facts = [_when(protocol, instrument), *(_scale(scale, instrument) for scale in used)]
    facts += [f"Item `{item.id}`{_reversed(item)}: {_asked(item)}." for item in scored]
    facts += [f"`{instrument.id}.{item.id}`, one item: {_asked(item)}." for item in alone]
    names = ", ".join(f"`{measure.name}`" for measure in mine)
    head = f"{names}. Source: {instrument.source.citation.rstrip('.')}.{doi} Version {instrument.version}."
    return [Heading(3, instrument.title), head, Bullets(tuple(facts))]


def _scale(scale: Scale, instrument: Instrument) -> str:
    how = {"mean": "the mean", "sum": "the sum", "weighted": "the weighted mean"}[scale.method]
    low, high = scale.range
    better = {"higher": "; higher is better", "lower": "; lower is better", "none": ""}[scale.direction]
    turned = [name for name in scale.items if instrument.item(name).reversed]
    said = f"`{scale.id}`, {scale.name}: {how} of {len(scale.items)} {'items' if len(scale.items) > 1 else 'item'}"
    said += f" ({', '.join(scale.items)})" + (f", reversed first: {', '.join(turned)}" if turned else "")
    if scale.shift or scale.factor != 1 or scale.offset:
        said += f", then (score + {scale.shift:g}) × {scale.factor:g} + {scale.offset:g}"
    said += f"; from {low:g} to {high:g}{better}. {_missing(scale)}"
    return said + (" " + _reliability(scale) if len(scale.items) > 1 else "")


def _missing(scale: Scale) -> str:
    if not scale.max_missing:
        return "With an item unanswered there is no score."
    instead = (
        "the middle of the item's scale takes its place"
        if scale.missing == "middle"
        else "it is the mean of the others"
    )
    return f"With up to {scale.max_missing} unanswered, {instead}; with more there is no score."


def _reliability(scale: Scale) -> str:
    if len(scale.items) == 2:
        return "Reliability is reported per condition by the Spearman–Brown coefficient."
    return "Reliability is reported per condition: Cronbach's α with its interval, ω, and item–rest correlations."


def _asked(item: Item) -> str:
    return f"“{item.text or 'wording to be pasted in'}” {_range(item)}"


def _reversed(item: Item) -> str:
    return " (reversed)" if item.reversed else ""


def _range(item: Item) -> str:
    if item.type not in RATED:
        return f"({item.type})"
    points = item.scale()
    if item.labels:
        return f"({points[0]:g} = {item.labels[0]} to {points[-1]:g} = {item.labels[-1]}, {len(points)} points)"
    ends = [
        f"{value:g} = {word}" if word else f"{value:g}"
        for value, word in ((points[0], item.low), (points[-1], item.high))
    ]
    return f"({' to '.join(ends)}, {len(points)} points)"


def _behaviour(measure: Measure) -> str:
    return f"`{measure.name}`, {measure.title} ({measure.unit}). Computed from {measure.source}."


def _when(protocol: Protocol, instrument: Instrument) -> str:
    steps = [(step, above) for _, step, above in walk(protocol.timeline) if isinstance(step, QuestionnaireStep)]
    asked = [(step, "block" in above) for step, above in steps if instrument.id in step.instruments]
    places = dict.fromkeys("in every condition" if inside else "once, outside the conditions" for _, inside in asked)
    names = list(dict.fromkeys(step.occasion for step, _ in asked if step.occasion))
    called = f" on {len(names)} occasions ({', '.join(names)})" if len(names) > 1 else ""
    return f"Asked {' and '.join(places)}{called}."


def _params(params: dict[str, object]) -> str:
    return ", ".join(f"`{name}` {_value(value)}" for name, value in params.items())


def _value(value: object) -> str:
    return f"“{value}”" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
