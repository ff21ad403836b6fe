"""The live channel: what a listener hears, and that nobody is left hanging when the process goes down."""

import asyncio

import own_loop

from memory.live import Live, Signal


async def heard(live: Live, count: int = 10**6) -> list[Signal]:
    signals: list[Signal] = []
    async for signal in live.listen("s1"):
        signals.append(signal)
        if len(signals) == count:
            break
    return signals


def test_a_listener_hears_what_is_said_from_the_beginning_of_the_turn() -> None:
    async def play() -> list[Signal]:
        live = Live()
        say = live.begin("s1", "t1")
        await asyncio.sleep(0.11)
        say("Hello ")
        listening = asyncio.create_task(heard(live, 2))
        await asyncio.sleep(0)
        live.done("s1", "t1", "Hello there.")
        return await asyncio.wait_for(listening, 2)

    assert own_loop.run(play()) == [
        {"type": "begin", "turn": "t1", "text": "Hello "},
        {"type": "done", "turn": "t1", "text": "Hello there."},
    ]


def test_another_sessions_signals_are_not_heard() -> None:
    async def play() -> list[Signal]:
        live = Live()
        listening = asyncio.create_task(heard(live, 1))
        await asyncio.sleep(0)
        live.changed("s2", "turn")
        live.changed("s1", "plan")
        return await asyncio.wait_for(listening, 2)

    assert own_loop.run(play()) == [{"type": "changed", "what": "plan"}]


def test_closing_lets_go_of_present_and_of_later_listeners() -> None:
    """A page that was let go connects again at once; it must not hold up the server that is stopping."""

    async def play() -> tuple[list[Signal], list[Signal]]:
        live = Live()
        listening = asyncio.create_task(heard(live))
        await asyncio.sleep(0)
        live.close()
        return await asyncio.wait_for(listening, 2), await asyncio.wait_for(heard(live), 2)

    assert own_loop.run(play()) == ([], [])
