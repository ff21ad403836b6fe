"""Counterbalancing: every order, position and task equally often, and every choice repeatable."""

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import chain, permutations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.mechanisms.registry import parameter_models
from study.design import Cell, cells, choose, draw
from study.protocol import Protocol
from study.protocol_file import load_protocol

ORDERS = list(permutations("abc"))
TABLE = tuple(
    Cell(index, order, tuple("xyz"[(turn + n) % 3] for n in range(3)))
    for index, (order, turn) in enumerate(product(ORDERS, range(3)))
)
SEEDS = st.integers(0, 2**31 - 1)
SHIPPED = sorted((Path(__file__).parents[2] / "protocols").glob("*.yaml"))


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


# --- tasks against conditions and periods ------------------------------------------------------


def met(given_cells: Iterable[Cell], table: tuple[Cell, ...]) -> Counter[tuple[Hashable, str]]:
    """(condition, task) and (place, task) → how often; also those that nobody met."""
    counts = Counter(chain.from_iterable(map(pairs, given_cells)))
    counts.update(dict.fromkeys(chain.from_iterable(map(pairs, table)), 0))
    return counts


def pairs(cell: Cell) -> list[tuple[Hashable, str]]:
    of_conditions = [(c, task) for n, c in enumerate(cell.conditions) for task in cell.tasks_of(n)]
    return [*of_conditions, *enumerate(cell.tasks)]


def spread(counts: Counter[tuple[Hashable, str]], kind: type) -> int:
    """Between the most and the least frequent pair of a condition (str) or a place (int) with a task."""
    found = [count for (row, _task), count in counts.items() if isinstance(row, kind)]
    return max(found, default=0) - min(found, default=0)


def squares(counts: Counter[tuple[Hashable, str]]) -> int:
    return sum(count * count for count in counts.values())


def by_order(table: tuple[Cell, ...]) -> list[list[Cell]]:
    found: dict[tuple[str, ...], list[Cell]] = {}
    for cell in table:
        found.setdefault(cell.conditions, []).append(cell)
    return list(found.values())


@pytest.mark.parametrize("count", [6, 12, 18, 24])
@settings(max_examples=20)
@given(seed=SEEDS)
def test_every_full_set_of_three_conditions_balances_tasks_with_conditions_and_with_periods(
    count: int, seed: int
) -> None:
    counts = met(arrivals(TABLE, count, seed), TABLE)
    assert set(counts.values()) == {count // 3}


@settings(max_examples=20)
@given(seed=SEEDS)
def test_between_full_sets_no_task_is_far_ahead(seed: int) -> None:
    given_cells = arrivals(TABLE, 36, seed)
    for count in range(1, 37):
        counts = met(given_cells[:count], TABLE)
        assert spread(counts, str) <= 2 and spread(counts, int) <= 2


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_design_is_as_even_after_one_person_for_each_order_as_any_choice_of_rotations(file: Path) -> None:
    table = cells(load_protocol(file, parameter_models()))
    orders, best = by_order(table), min(squares(met(one, table)) for one in product(*by_order(table)))
    for seed in range(5):
        assert squares(met(arrivals(table, len(orders), seed), table)) == best
        counts = met(arrivals(table, len(table), seed), table)
        assert spread(counts, str) == spread(counts, int) == 0


@pytest.mark.parametrize("each", [1, 2])
@pytest.mark.parametrize("names", ["ab", "abc", "abcd"])
def test_it_is_so_for_other_numbers_of_conditions_and_tasks_too(names: str, each: int) -> None:
    """Every condition meets every task, and every place holds it, equally often where that was found, else nearly so."""
    tasks = "stuvwxyz"[: len(names) * each]
    turned = ["".join(tasks[(turn + n) % len(tasks)] for n in range(len(tasks))) for turn in range(len(tasks))]
    rows = enumerate(product(permutations(names), turned))
    table = tuple(Cell(index, order, tuple(shown)) for index, (order, shown) in rows)
    full = len(by_order(table))
    counts = met(arrivals(table, full, 3), table)
    if (names, each) in (("abc", 1), ("abcd", 1), ("abc", 2)):
        assert spread(counts, str) == spread(counts, int) == 0
    else:  # two orders of two tasks, say: conditions can be even, or periods
        assert spread(counts, str) <= 2 and spread(counts, int) <= 2


@given(seed=SEEDS, gone=st.data())
def test_places_of_those_who_leave_are_filled_again(seed: int, gone: st.DataObject) -> None:
    held: Counter[int] = Counter()
    for index in range(1, 200):
        held[choose(TABLE, held, seed, index).cell] += 1
        if held.total() == 36:
            break
        if gone.draw(st.integers(0, 4)) == 0:
            held[gone.draw(st.sampled_from(sorted(held.elements())))] -= 1
    assert held.total() < 36 or held == dict.fromkeys(range(18), 2)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_random_orders_are_drawn_with_every_rotation_of_the_tasks(file: Path) -> None:
    protocol = load_protocol(file, parameter_models())
    table = cells(protocol.model_copy(update={"design": protocol.design.model_copy(update={"orders": "random"})}))
    drawn = Counter(draw(table, 5, index).cell for index in range(1, 100 * len(table) + 1))
    assert set(drawn) == set(range(len(table)))
    assert min(drawn.values()) > 60, "each cell is expected a hundred times"
    assert draw(table, 5, 1).candidates == tuple(range(len(table)))
    assert [draw(table, 5, i) for i in range(9)] == [draw(table, 5, i) for i in range(9)]
