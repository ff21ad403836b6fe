"""How long one waits after wrong passwords."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from study.patience import BACK_OFF_MINUTES, LONGEST_MINUTES, MAX_FAILURES, MAX_OF_NAME, waits_until

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_wait_doubles_with_every_round_of_failures() -> None:
    at = [START + timedelta(minutes=n) for n in range(16)]
    assert waits_until(at[:4], 5) is None
    assert waits_until(at[:5], 5) == at[4] + timedelta(minutes=15)
    assert waits_until(at[:9], 5) == at[4] + timedelta(minutes=15), "counted from the last of the round"
    assert waits_until(at[:10], 5) == at[9] + timedelta(minutes=30)
    assert waits_until(at[:15], 5) == at[14] + timedelta(minutes=60)
    assert waits_until([START] * 5000, 5) == START + timedelta(minutes=LONGEST_MINUTES)


@given(st.lists(st.integers(0, 24 * 60), max_size=60).map(sorted), st.integers(1, 20))
def test_more_failures_never_shorten_the_wait(minutes: list[int], limit: int) -> None:
    failures = [START + timedelta(minutes=n) for n in minutes]
    ends = [waits_until(failures[:n], limit) for n in range(len(failures) + 1)]
    assert all(end is None for end in ends[:limit])
    later = [end for end in ends if end is not None]
    assert later == sorted(later)
    assert len(later) == max(0, len(failures) + 1 - limit)


def guesses_in_a_day(limit: int) -> int:
    """Of somebody who always tries at once when they may."""
    at, tries = START, list[datetime]()
    while at < START + timedelta(hours=24):
        until = waits_until(tries, limit)
        if until is not None and until > at:
            at = until
            continue
        tries.append(at)
    return len(tries)


def test_a_guesser_has_few_guesses_a_day() -> None:
    """At 0:00, 0:15, 0:45, 1:45, 3:45, 7:45, 15:45 and 23:45 there are five, or fifty from many addresses."""
    assert guesses_in_a_day(MAX_FAILURES) == 40
    assert guesses_in_a_day(MAX_OF_NAME) == 400
    assert BACK_OFF_MINUTES == 15


def test_who_has_one_address_cannot_lock_out_a_name() -> None:
    """The marks of a day are remembered; those of one address do not fill the limit of the name."""
    assert guesses_in_a_day(MAX_FAILURES) < MAX_OF_NAME
