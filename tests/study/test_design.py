"""Counterbalancing: every order, position and task equally often, and every choice repeatable."""

from collections import Counter
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.design import Cell, cells, choose
from study.protocol import Protocol

ORDERS = list(permutations("abc"))
TABLE = tuple(
    Cell(index, order, tuple("xyz"[(turn + n) % 3] for n in range(3)))
    for index, (order, turn) in enumerate(product(ORDERS, range(3)))
)
SEEDS = st.integers(0, 2**31 - 1)


def arrivals(table: tuple[Cell, ...], count: int, seed: int) -> list[Cell]:
    """The cells that `count` participants are given, all of whom stay to the end."""
    taken: list[int] = []
    for index in range(1, count + 1):
        taken.append(choose(table, Counter(taken), seed, index).cell)
    return [table[cell] for cell in taken]


def test_the_demo_study_has_every_order_with_every_rotation_of_the_tasks(demo: Protocol) -> None:
    table = cells(demo)
    assert len(table) == 18
    assert [cell.index for cell in table] == list(range(18))
    assert len({(cell.conditions, cell.tasks) for cell in table}) == 18
    assert {cell.conditions for cell in table} == set(permutations(["baseline", "active", "passive"]))
    tasks = [task.id for task in demo.tasks]
    rotations = {tuple(tasks[n:] + tasks[:n]) for n in range(3)}
    for order in {cell.conditions for cell in table}:
        assert {cell.tasks for cell in table if cell.conditions == order} == rotations


def test_more_tasks_than_conditions_are_all_used(small: Protocol) -> None:
    third = small.tasks[0].model_copy(update={"id": "present"})
    table = cells(small.model_copy(update={"tasks": (*small.tasks, third)}))
    assert len(table) == 2 * 3
    assert {cell.tasks for cell in table} == {("trip", "dinner"), ("dinner", "present"), ("present", "trip")}


@pytest.mark.parametrize("count", [6, 12, 18, 24, 36])
@settings(max_examples=20)
@given(seed=SEEDS)
def test_full_sets_of_orders_are_exactly_balanced(count: int, seed: int) -> None:
    given_cells = arrivals(TABLE, count, seed)
    orders = Counter(cell.conditions for cell in given_cells)
    assert orders == dict.fromkeys(ORDERS, count // 6)
    positions = Counter((c, n) for cell in given_cells for n, c in enumerate(cell.conditions))
    assert positions == {(c, n): count // 3 for c in "abc" for n in range(3)}
    if count % 18 == 0:
        met = Counter((c, t) for cell in given_cells for c, t in zip(cell.conditions, cell.tasks, strict=True))
        assert met == {(c, t): count // 3 for c in "abc" for t in "xyz"}


@given(taken=st.lists(st.integers(0, 17), max_size=60), seed=SEEDS, index=st.integers(1, 10_000))
def test_a_newcomer_gets_a_least_filled_order_and_in_it_a_least_used_rotation(
    taken: list[int], seed: int, index: int
) -> None:
    choice = choose(TABLE, Counter(taken), seed, index)
    filled = {order: sum(TABLE[cell].conditions == order for cell in taken) for order in ORDERS}
    chosen = TABLE[choice.cell].conditions
    assert filled[chosen] == min(filled.values())
    assert taken.count(choice.cell) == min(taken.count(c.index) for c in TABLE if c.conditions == chosen)
    assert {TABLE[c].conditions for c in choice.candidates} == {o for o in ORDERS if filled[o] == min(filled.values())}
    assert choice.cell in choice.candidates


@given(taken=st.lists(st.integers(0, 17), max_size=30), seed=SEEDS, index=st.integers(1, 10_000))
def test_the_same_seed_and_index_draw_the_same_cell_whatever_the_order_of_earlier_ones(
    taken: list[int], seed: int, index: int
) -> None:
    assert choose(TABLE, Counter(taken), seed, index) == choose(TABLE, Counter(sorted(taken)), seed, index)


def test_ties_are_drawn_by_chance_and_not_by_place_in_the_table() -> None:
    drawn = Counter(TABLE[choose(TABLE, {}, 7, index).cell].conditions for index in range(1, 601))
    assert set(drawn) == set(ORDERS)
    assert min(drawn.values()) > 60, "each of six orders is expected a hundred times"
    assert [choose(TABLE, {}, 1, i) for i in range(20)] != [choose(TABLE, {}, 2, i) for i in range(20)]
