"""Every scale of every shipped instrument against answers that were scored with pencil and paper."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.scoring import bands, scale_measure, score
from study.instruments import RATED, Instrument
from study.scales import Scale

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "instruments"
SHELF = sorted(path.stem for path in FOLDER.glob("*.yaml"))
Answers = tuple[Any, ...]
Vector = tuple[Answers, dict[str, float | None]]

# Mental 5 times chosen, effort 4, temporal 3, performance 2, frustration 1, physical never; in the order of the file.
TLX_CHOICES = (
    "effort", "temporal", "effort", "frustration", "performance",
    "temporal", "performance", "mental", "effort", "mental",
    "temporal", "mental", "mental", "effort", "mental",
)  # fmt: skip
# Exploration 5 times chosen, results 4, enjoyment 3, expressiveness 2, collaboration 1, immersion never.
CSI_CHOICES = (
    "enjoyment", "exploration", "expressiveness", "collaboration", "results",
    "exploration", "enjoyment", "enjoyment", "results",
    "exploration", "exploration", "exploration",
    "expressiveness", "results", "results",
)  # fmt: skip
# The same, but immersion won against collaboration, which therefore was never chosen.
CSI_ALONE = (*CSI_CHOICES[:3], "immersion", *CSI_CHOICES[4:])

VECTORS: dict[str, list[Vector]] = {
    "nasa_tlx": [
        (  # the six ratings sum to 210; performance runs from perfect to failure and is not reversed
            (55, 10, 40, 25, 60, 20),
            {
                "nasa_tlx": 35,
                "nasa_tlx_mental": 55,
                "nasa_tlx_physical": 10,
                "nasa_tlx_temporal": 40,
                "nasa_tlx_performance": 25,
                "nasa_tlx_effort": 60,
                "nasa_tlx_frustration": 20,
            },
        )
    ],
    "nasa_tlx_weighted": [
        (  # (5 × 55 + 0 × 10 + 3 × 40 + 2 × 25 + 4 × 60 + 1 × 20) / 15 = 705 / 15; unweighted 210 / 6
            (55, 10, 40, 25, 60, 20, *TLX_CHOICES),
            {
                "nasa_tlx_weighted": 47,
                "nasa_tlx_weighted_raw": 35,
                "nasa_tlx_weighted_mental": 55,
                "nasa_tlx_weighted_physical": 10,
                "nasa_tlx_weighted_temporal": 40,
                "nasa_tlx_weighted_performance": 25,
                "nasa_tlx_weighted_effort": 60,
                "nasa_tlx_weighted_frustration": 20,
            },
        ),
        ((100, 100, 100, 100, 100, 100, *TLX_CHOICES), {"nasa_tlx_weighted": 100}),
        ((55, 10, 40, 25, 60, 20, *TLX_CHOICES[:14], None), {"nasa_tlx_weighted": None, "nasa_tlx_weighted_raw": 35}),
    ],
    "sus": [
        # odd items 4 + 1 + 1 + 1 + 4 = 11, even items 1 + 4 + 2 + 1 + 3 = 11; 22 × 2.5
        ((5, 4, 2, 1, 2, 3, 2, 4, 5, 2), {"sus": 55}),
        ((3, 3, 3, 3, 3, 3, 3, 3, 3, 3), {"sus": 50}),
        ((5, 1, 5, 1, 5, 1, 5, 1, 5, 1), {"sus": 100}),
        ((5, 5, 5, 5, 5, 5, 5, 5, 5, 5), {"sus": 50}),  # ticking down one side
        # the first item unanswered counts 3, that is 2 instead of 4 points: 20 × 2.5
        ((None, 4, 2, 1, 2, 3, 2, 4, 5, 2), {"sus": 50}),
        ((None,) * 10, {"sus": None}),
    ],
    "umux_lite": [
        ((6, 5), {"umux_lite": 75, "umux_lite_sus": 71.65}),  # 100 × 9/12; .65 × 75 + 22.9
        ((7, 7), {"umux_lite": 100, "umux_lite_sus": 87.9}),
        ((1, 1), {"umux_lite": 0, "umux_lite_sus": 22.9}),
    ],
    "ueq_s": [  # 24/4 − 4, 10/4 − 4, 34/8 − 4
        ((7, 6, 5, 6, 4, 3, 2, 1), {"ueq_s_pragmatic": 2, "ueq_s_hedonic": -1.5, "ueq_s_overall": 0.25})
    ],
    "tias": [
        (  # items 1–5 sum to 12: mean 2.4, reversed 40 − 12 = 28; items 6–12 sum to 35; (28 + 35) / 12
            (2, 1, 3, 4, 2, 6, 4, 5, 5, 6, 5, 4),
            {"tias": 5.25, "tias_trust": 5, "tias_distrust": 2.4},
        )
    ],
    "s_tias": [((6, 5, 4), {"s_tias": 5})],
    "tipi": [
        (  # (6 + 7)/2, (8−2 + 6)/2, (5 + 8−4)/2, (8−3 + 5)/2, (7 + 8−2)/2; items 2, 4, 6, 8, 10 reversed
            (6, 2, 5, 3, 7, 1, 6, 4, 5, 2),
            {
                "tipi_extraversion": 6.5,
                "tipi_agreeableness": 6,
                "tipi_conscientiousness": 4.5,
                "tipi_stability": 5,
                "tipi_openness": 6.5,
            },
        )
    ],
    "affective_slider": [((0.72, 0.35), {"affective_slider_pleasure": 0.72, "affective_slider_arousal": 0.35})],
    "control": [((6, 5, 2, 7), {"control": 6})],  # (6 + 5 + 8−2 + 7) / 4
    "personalisation": [((5, 6), {"personalisation": 5.5})],
    "transparency": [((6,), {"transparency": 6})],
    "effort": [((3,), {"effort": 3})],
    "comfort": [((3,), {"comfort": 3})],
    "diary_day": [((6, 4, 3), {"diary_day": 5})],  # (6 + 4 + 8−3) / 3
    "engagement": [((5, 4, 6, 3), {"engagement": 5})],  # (5 + 4 + 6 + 8−3) / 4
    "persona_noticed": [((6, 5, 4), {"persona_noticed": 5})],
    "explained": [((6, 3, 1), {"explained": 6})],  # (6 + 8−3 + 8−1) / 3
    "ownership": [((5, 7, 2), {"ownership": 6})],  # (5 + 7 + 8−2) / 3
    "intention": [((4, 6, 3), {"intention": 5})],  # (4 + 6 + 8−3) / 3
    "background": [((None, None), {})],
    "preference": [((None, 4, None), {})],
    "ueq": [
        (
            (6, 5, 2, 3, 1, 6, 5, 4, 2, 3, 6, 2, 6, 5, 5, 7, 3, 2, 4, 5, 2, 6, 3, 1, 3, 4),
            {
                "ueq_attractiveness": 2,  # 1, 12R, 14, 16, 24R, 25R: (6 + 6 + 5 + 7 + 7 + 5) / 6 − 4
                "ueq_perspicuity": 1.5,  # 2, 4R, 13, 21R: (5 + 5 + 6 + 6) / 4 − 4
                "ueq_efficiency": 1.5,  # 9R, 20, 22, 23R: (6 + 5 + 6 + 5) / 4 − 4
                "ueq_dependability": 0.75,  # 8, 11, 17R, 19R: (4 + 6 + 5 + 4) / 4 − 4
                "ueq_stimulation": 2,  # 5R, 6, 7, 18R: (7 + 6 + 5 + 6) / 4 − 4
                "ueq_novelty": 1,  # 3R, 10R, 15, 26: (6 + 5 + 5 + 4) / 4 − 4
            },
        )
    ],
    "csi": [
        (  # (1 × 9 + 3 × 15 + 5 × 17 + 2 × 13 + 0 × 9 + 4 × 18) / 3 = 237 / 3
            (4, 5, 8, 7, 9, 8, 6, 7, 5, 4, 9, 9, *CSI_CHOICES),
            {
                "csi": 79,
                "csi_collaboration": 9,
                "csi_enjoyment": 15,
                "csi_exploration": 17,
                "csi_expressiveness": 13,
                "csi_immersion": 9,
                "csi_results": 18,
            },
        ),
        # working alone: (0 + 3 × 15 + 5 × 17 + 2 × 13 + 1 × 12 + 4 × 18) / 3 = 240 / 3
        ((None, None, 8, 7, 9, 8, 6, 7, 6, 6, 9, 9, *CSI_ALONE), {"csi": 80, "csi_collaboration": None}),
        ((None, None, 8, 7, 9, 8, 6, 7, 6, 6, 9, 9, *CSI_CHOICES), {"csi": None}),  # chosen, but not rated
        ((10,) * 12 + CSI_CHOICES, {"csi": 100}),
    ],
    "resque": [((4,) * 15, {})],
    "iuipc_8": [
        (  # 11/2, 13/2, 22/4
            (6, 5, 7, 6, 4, 5, 6, 7),
            {"iuipc_8_control": 5.5, "iuipc_8_awareness": 6.5, "iuipc_8_collection": 5.5},
        )
    ],
    "panas": [
        (  # items 1, 3, 5, 9, 10, 12, 14, 16, 17, 19: 4+5+3+4+5+4+3+4+5+3; the rest: 2+1+1+2+1+3+1+2+1+2
            (4, 2, 5, 1, 3, 1, 2, 1, 4, 5, 3, 4, 1, 3, 2, 4, 5, 1, 3, 2),
            {"panas_positive": 40, "panas_negative": 16},
        )
    ],
    "bfi_10": [
        (
            (2, 4, 1, 2, 3, 4, 5, 5, 4, 4),
            {
                "bfi_10_extraversion": 4,  # (6−2 + 4) / 2
                "bfi_10_agreeableness": 2.5,  # (4 + 6−5) / 2
                "bfi_10_conscientiousness": 5,  # (6−1 + 5) / 2
                "bfi_10_neuroticism": 4,  # (6−2 + 4) / 2
                "bfi_10_openness": 3.5,  # (6−3 + 4) / 2
            },
        )
    ],
    "ati": [((6, 4, 2, 6, 5, 3, 4, 1, 5), {"ati": 5})],  # (6 + 4 + 7−2 + 6 + 5 + 7−3 + 4 + 7−1 + 5) / 9 = 45 / 9
    "mails": [
        (
            (8, 7, 9, 6, 8, 10, 5, 6, 7, 4, 8, 6, 3, 4, 5, 9, 7, 8, 0, 1, 2, 1, 6, 7, 8, 5, 5, 8, 10, 9, 8, 2, 3, 7),
            {
                "mails_use": 8,  # 48/6
                "mails_understand": 6,  # 36/6
                "mails_detect": 4,  # 12/3
                "mails_ethics": 8,  # 24/3
                "mails_create": 1,  # 4/4
                "mails_problem_solving": 7,  # 21/3
                "mails_learning": 6,  # 18/3
                "mails_persuasion": 9,  # 27/3
                "mails_emotion": 4,  # 12/3
            },
        )
    ],
    "godspeed": [
        (
            (2, 3, 2, 1, 2, 3, 4, 2, 3, 4, 5, 4, 5, 4, 3, 4, 5, 4, 4, 5, 3, 2, 3, 4),
            {
                "godspeed_anthropomorphism": 2,  # 10/5
                "godspeed_animacy": 3.5,  # 21/6
                "godspeed_likeability": 4,  # 20/5
                "godspeed_intelligence": 4.2,  # 21/5
                "godspeed_safety": 3,  # 9/3
            },
        )
    ],
    # (5 + 5 + 4 + 5 + 6 + 5 + 8−3) / 7 = 35 / 7
    "psychological_ownership": [((5, 5, 4, 5, 6, 5, 3), {"psychological_ownership": 5})],
}


def _shipped(name: str) -> Instrument:
    return Instrument.model_validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(("name", "vector"), [(name, vector) for name, many in VECTORS.items() for vector in many])
def test_a_shipped_instrument_scores_as_published(name: str, vector: Vector) -> None:
    instrument, (answers, expected) = _shipped(name), vector
    given = dict(zip([item.id for item in instrument.items], answers, strict=True))
    got = score(instrument, given)
    assert {scale: got[scale] for scale in expected} == expected


def test_every_scale_of_every_shipped_instrument_has_a_vector() -> None:
    assert {name for name in SHELF if _shipped(name).scoring} <= set(VECTORS) <= set(SHELF)
    for name, vectors in VECTORS.items():
        assert set(vectors[0][1]) == {scale.id for scale in _shipped(name).scoring}, name


def test_no_two_scales_of_the_shelf_share_a_name() -> None:
    instruments = [_shipped(name) for name in VECTORS]
    names = [scale_measure(instrument, scale) for instrument in instruments for scale in instrument.scoring]
    assert len(set(names)) == len(names)


def _scales() -> Iterator[Any]:
    for name in VECTORS:
        for scale in _shipped(name).scoring:
            yield pytest.param(_shipped(name), scale, id=scale.id)


def _choices(instrument: Instrument, scale: Scale, generator: random.Random) -> dict[str, Any]:
    offered = {pair: [option.value for option in instrument.item(pair).options] for pair in scale.pairs}  # type: ignore[union-attr]
    return {pair: generator.choice(options) for pair, options in offered.items()}


@pytest.mark.parametrize(("instrument", "scale"), list(_scales()))
def test_answers_reach_the_stated_range_and_never_leave_it(instrument: Instrument, scale: Scale) -> None:
    """Scores are linear in each answer, so only the ends of the items matter: all of them, or 500 at random."""
    ends = [(instrument.item(item).min, instrument.item(item).max) for item in scale.items]
    generator = random.Random(7)
    few = len(ends) <= 8 and not scale.pairs
    corners = list(itertools.product(*ends)) if few else [tuple(map(generator.choice, ends)) for _ in range(500)]
    turned = [instrument.item(item).reversed for item in scale.items]
    corners += [tuple(e[up != t] for e, t in zip(ends, turned, strict=True)) for up in (False, True)]  # type: ignore[misc]
    found = [
        score(instrument, {**dict(zip(scale.items, c, strict=True)), **_choices(instrument, scale, generator)})[
            scale.id
        ]
        for c in corners
    ]
    assert (min(found), max(found)) == pytest.approx(scale.range, abs=1e-9)  # type: ignore[type-var]


@pytest.mark.parametrize(("instrument", "scale"), list(_scales()))
def test_a_missing_answer_gives_no_score_unless_the_rule_allows_it(instrument: Instrument, scale: Scale) -> None:
    full = {item: instrument.item(item).max for item in scale.items}
    for item in scale.items:
        if scale.pairs:
            continue  # that depends on the choices; there are vectors for it
        got = score(instrument, {**full, item: None})[scale.id]
        assert (got is None) == (scale.max_missing == 0 or len(scale.items) == 1)


def test_a_pair_of_ratings_is_as_heavy_as_the_wins_in_it() -> None:
    """In whatever way the fifteen pairs are decided: the sum over 15, computed the long way."""
    instrument, generator = _shipped("nasa_tlx_weighted"), random.Random(7)
    scale = instrument.scoring[0]
    for _ in range(200):
        ratings = {item: generator.randrange(0, 101, 5) for item in scale.items}
        chosen = _choices(instrument, scale, generator)
        by_hand = sum(ratings[winner] for winner in chosen.values()) / 15
        assert score(instrument, {**ratings, **chosen})[scale.id] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("name", "scale", "readings"),
    [
        ("sus", "sus", {0: "F", 51.6: "F", 51.7: "D", 64.9: "C−", 65: "C", 68: "C", 80.7: "A−", 84.1: "A+", 100: "A+"}),
        ("umux_lite", "umux_lite_sus", {22.9: "F", 71.65: "C+", 87.9: "A+"}),
        (
            "nasa_tlx",
            "nasa_tlx",
            {0: "lowest quarter", 37: "second quarter", 50: "third quarter", 60: "highest quarter"},
        ),
        ("ueq_s", "ueq_s_overall", {-3: "negative", -0.75: "neutral", 0.75: "neutral", 0.875: "positive"}),
    ],
)
def test_scores_are_read_as_the_benchmark_says(name: str, scale: str, readings: dict[float, str]) -> None:
    rule = next(s for s in _shipped(name).scoring if s.id == scale)
    assert {value: [band.label for band in bands(rule, value)] for value in readings} == {
        value: [label] for value, label in readings.items()
    }


def test_rated_items_without_a_scale_are_meant_to_stand_alone() -> None:
    alone = {name: len(loose) for name in SHELF if (loose := _unscored(_shipped(name)))}
    assert alone == {
        "agreement": 1,
        "argued": 3,
        "attention": 2,
        "care_five": 5,
        "diary_yesterday": 2,
        "plan_fit": 2,
        "preference": 1,
        "prompt_noticed": 3,
        "resque": 15,
        "topic_knowledge": 1,
    }


def _unscored(instrument: Instrument) -> set[str]:
    scored = {item for scale in instrument.scoring for item in scale.items}
    return {item.id for item in instrument.items if item.type in RATED} - scored
