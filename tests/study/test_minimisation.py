"""Minimisation: scores by hand, margins that stay even, and nothing changed where there are no strata."""

from collections import Counter
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.design import Cell, Order, choose
from study.minimisation import as_text, scores

SIX = tuple(Cell(index, order, order) for index, order in enumerate(permutations("abc")))
ARRIVING = st.fixed_dictionaries({"sex": st.sampled_from(["f", "m"]), "age": st.sampled_from(["", "18-29", "30+"])})
SEEDS = st.integers(0, 2**31 - 1)
Levels = dict[str, str]


def arrivals(table: tuple[Cell, ...], people: list[Levels], seed: int) -> Counter[tuple[int, str]]:
    """The places held after these people arrived one after the other and stayed."""
    places: Counter[tuple[int, str]] = Counter()
    for index, levels in enumerate(people, 1):
        filled: Counter[int] = Counter()
        for (cell, _text), count in places.items():
            filled[cell] += count
        choice = choose(table, filled, seed, index, scores(table, places, levels))
        places[choice.cell, as_text(levels)] += 1
    return places


def widest(table: tuple[Cell, ...], places: Counter[tuple[int, str]], people: list[Levels]) -> int:
    """The largest lead of one order over another within any level of any stratum."""
    leads = [0]
    for name, level in {pair for levels in people for pair in levels.items()}:
        alike = {as_text(levels) for levels in people if levels[name] == level}
        held = Counter({cell.conditions: 0 for cell in table})
        for (cell, text), count in places.items():
            held[table[cell].conditions] += count * (text in alike)
        leads.append(max(held.values()) - min(held.values()))
    return max(leads)


def test_scores_are_the_places_of_people_alike_summed_over_strata() -> None:
    table = (Cell(0, ("a", "b"), ("x", "y")), Cell(1, ("a", "b"), ("y", "x")), Cell(2, ("b", "a"), ("x", "y")))
    places = {
        (0, as_text({"sex": "f", "age": "old"})): 2,  # alike in one
        (1, as_text({"sex": "f", "age": "young"})): 3,  # alike in both, another rotation of the same order
        (2, as_text({"age": "young", "sex": "m"})): 5,  # alike in one
        (2, as_text({"sex": "m", "age": ""})): 7,  # alike in none
    }
    assert scores(table, places, {"sex": "f", "age": "young"}) == {("a", "b"): 2 + 3 * 2, ("b", "a"): 5}
    assert scores(table, {}, {"sex": "f"}) == {("a", "b"): 0, ("b", "a"): 0}


def test_the_lowest_score_has_the_least_sum_of_variances() -> None:
    """The rule of Taves is that of Pocock and Simon with the variance, as the module says."""
    places = Counter({(0, as_text({"s": "1", "t": "1"})): 3, (1, as_text({"s": "1", "t": "2"})): 1})
    places += Counter({(2, as_text({"s": "2", "t": "1"})): 4, (4, as_text({"s": "1", "t": "1"})): 1})
    newcomer = {"s": "1", "t": "1"}
    held = scores(SIX, places, newcomer)

    def imbalance(order: Order) -> float:
        total = 0.0
        for name, level in newcomer.items():
            margin = Counter({cell.conditions: 0 for cell in SIX}) + Counter({order: 1})
            for (cell, text), count in places.items():
                margin[SIX[cell].conditions] += count * (as_text({name: level})[1:-1] in text)
            mean = sum(margin.values()) / 6
            total += sum((margin[cell.conditions] - mean) ** 2 for cell in SIX) / 6
        return total

    by_variance = sorted({cell.conditions for cell in SIX}, key=lambda order: round(imbalance(order), 9))
    lowest = {order for order in held if held[order] == min(held.values())}
    assert set(by_variance[: len(lowest)]) == lowest


@settings(max_examples=40)
@given(people=st.lists(ARRIVING, max_size=60), seed=SEEDS)
def test_within_a_level_of_two_strata_no_order_leads_by_more_than_two(people: list[Levels], seed: int) -> None:
    places = arrivals(SIX, people, seed)
    assert places.total() == len(people)
    assert widest(SIX, places, people) <= 2


@settings(max_examples=40)
@given(people=st.lists(ARRIVING, max_size=60), seed=SEEDS)
def test_within_a_level_of_a_single_stratum_no_order_leads_by_more_than_one(people: list[Levels], seed: int) -> None:
    single = [{"age": levels["age"]} for levels in people]
    assert widest(SIX, arrivals(SIX, single, seed), single) <= 1


State = tuple[tuple[int, ...], ...]
"""Per level (of the first stratum, then of the second) how far each order is ahead of the last one."""


def after(table: tuple[Cell, ...], state: State, one: int, two: int) -> set[State]:
    """Every state that somebody with level `one` of the first and `two` of the second stratum can lead to."""
    held = {cell.conditions: state[one][cell.index] + state[two][cell.index] for cell in table}
    overall = {cell.index: state[0][cell.index] + state[1][cell.index] for cell in table}
    return {_with(state, (one, two), cell) for cell in choose(table, overall, 1, 1, held).candidates}


def _with(state: State, levels: tuple[int, int], cell: int) -> State:
    """One more place in this cell. Orders are interchangeable, so a state stands for all that rename them."""
    rows = [[n + (level in levels and k == cell) for k, n in enumerate(row)] for level, row in enumerate(state)]
    columns = sorted(zip(*([n - min(row) for n in row] for row in rows), strict=True))
    return tuple(zip(*columns, strict=True))


@pytest.mark.parametrize("orders", [2, 3, 4])
def test_no_sequence_of_arrivals_and_draws_makes_a_lead_of_three(orders: int) -> None:
    """Two strata of two levels: every state that can be reached is visited, and there are finitely many."""
    table = tuple(Cell(k, (str(k),), ("x",)) for k in range(orders))
    start: State = ((0,) * orders,) * 4
    seen, ahead = {start}, [start]
    while ahead:
        state = ahead.pop()
        new = set().union(*(after(table, state, one, two) for one, two in product((0, 1), (2, 3)))) - seen
        seen |= new
        ahead += new
    assert max(max(row) for state in seen for row in state) == 2


def test_ties_go_to_the_least_filled_order_and_then_to_the_lot() -> None:
    places = Counter({(cell, as_text({"sex": "m"})): 1 for cell in range(4)})
    filled = Counter(range(4))
    held = scores(SIX, places, {"sex": "f"})
    drawn = {choose(SIX, filled, 7, index, held).cell for index in range(50)}
    assert drawn == {4, 5}
    choice = choose(SIX, filled, 7, 1, scores(SIX, places, {"sex": "m"}))
    assert (choice.candidates, choice.scores) == ((4, 5), {0: 1, 1: 1, 2: 1, 3: 1, 4: 0, 5: 0})


@given(people=st.lists(ARRIVING, max_size=20), seed=SEEDS)
@settings(max_examples=20)
def test_the_same_counts_seed_and_index_give_the_same_choice(people: list[Levels], seed: int) -> None:
    assert arrivals(SIX, people, seed) == arrivals(SIX, people, seed)


def test_without_strata_the_draws_are_what_they_were_before_there_were_any() -> None:
    table = tuple(
        Cell(index, order, tuple("xyz"[(turn + n) % 3] for n in range(3)))
        for index, (order, turn) in enumerate(product(permutations("abc"), range(3)))
    )
    taken: list[int] = []
    for index in range(1, 19):
        choice = choose(table, Counter(taken), 7, index)
        assert choice.scores == {}
        taken.append(choice.cell)
    assert taken == [14, 3, 7, 17, 1, 9, 12, 8, 4, 10, 2, 15, 5, 6, 16, 0, 11, 13]
    assert [cell // 3 for cell in taken] == [4, 1, 2, 5, 0, 3, 4, 2, 1, 3, 0, 5, 1, 2, 5, 0, 3, 4], "the orders"


def test_the_best_order_is_taken_with_probability_p_and_else_another() -> None:
    filled = Counter({cell.index: 1 for cell in SIX if cell.conditions != SIX[0].conditions})
    held = scores(SIX, {(cell, as_text({"sex": "m"})): count for cell, count in filled.items()}, {"sex": "m"})
    best = SIX[0].conditions
    drawn = Counter(SIX[choose(SIX, filled, 7, n, held, p=0.8).cell].conditions for n in range(2000))
    assert 0.77 < drawn[best] / 2000 < 0.83
    assert len(drawn) == len({cell.conditions for cell in SIX})
    assert choose(SIX, filled, 7, 3, held, p=0.8) == choose(SIX, filled, 7, 3, held, p=0.8)
    assert {SIX[choose(SIX, filled, 7, n, held, p=1).cell].conditions for n in range(200)} == {best}
