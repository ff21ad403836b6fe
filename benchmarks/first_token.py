"""Time to the first word with and without Atelier around the model: `python -m benchmarks.first_token`.

Per condition, in a block that holds 1,000 messages and 1,000 beliefs: the time from the message's
arrival to the first word, less what the model itself took for it (as the record has it). That is
what a participant waits for on our account: committing the message, folding the state, mechanisms,
the prompt. Beside it the model bare, with the same prompt, in the same run.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.setting import STUDY, at_their_task, percentile, stand_in_model
from memory import chat_model
from memory.conversation import Desk
from memory.index import Index
from memory.worker import Worker
from pages.bootstrap import prepare
from study import log, progress
from study.enrolment import by_token
from study.events import Belief, BeliefChanged, EventBase, MessageSent, ReplyGiven, ReplyStarted, TurnLearned
from study.log import Entry, place_of
from study.settings import Settings
from study.studies import get_study, protocol_of, set_model

SIZE, ROUNDS = 1_000, 40
MECHANISM = {"active": "needs_panel", "passive": "inferred_profile"}


def main() -> None:
    """Print one line per condition."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print("| condition | bare p50 ms | bare p95 ms | added p50 ms | added p95 ms |")
    print("|---|---|---|---|---|")
    with stand_in_model(0, 0) as url:
        settings = Settings(data_dir=Path(tempfile.mkdtemp(prefix="atelier-token-")), model_base_url=url)
        engine = log_open(settings)
        for condition in ("baseline", "active", "passive"):
            bare, added = measure(engine, settings, condition, rounds)
            print(
                f"| {condition} | {percentile(bare, 0.5):.0f} | {percentile(bare, 0.95):.0f} "
                f"| {percentile(added, 0.5):.0f} | {percentile(added, 0.95):.0f} |",
                flush=True,
            )


def log_open(settings: Settings) -> Engine:
    """A fresh record with the demo study and the stand-in model."""
    from study.database import open_database

    engine = open_database(settings.database)
    prepare(engine)
    set_model(engine, STUDY, "openai:stand-in")
    return engine


def measure(engine: Engine, settings: Settings, condition: str, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first word of the bare model, and what the turn adds, round by round."""
    desk = _full_block(engine, settings, condition)
    model = chat_model.open_model("openai:stand-in", timeout=60, base_url=settings.model_base_url)
    bare: list[float] = []
    added: list[float] = []
    for number in range(rounds + 3):
        ours, prompt = _through(desk, f"measured-{number:05d}")
        alone = _bare(model, prompt)
        if number >= 3:
            bare.append(alone)
            added.append(ours)
    return bare, added


def _full_block(engine: Engine, settings: Settings, condition: str) -> Desk:
    token = at_their_task(engine, 1, condition)[0]
    row = by_token(engine, token)
    assert row is not None
    protocol = protocol_of(get_study(engine, STUDY))
    step = progress.position(engine, protocol, row.id).step
    assert step is not None
    desk = Desk(engine, Worker(engine, settings, Index(None)), protocol, row.id, step, None)
    desk.open()
    log.append(engine, row.id, [Entry(event, place_of(step)) for event in _history(condition)])
    desk.worker.index.remember(
        desk.block.scope, [(f"message-{n}", f"I like quiet places, {n}") for n in range(SIZE // 2)]
    )
    return desk


def _history(condition: str) -> Iterator[EventBase]:
    for n in range(SIZE // 2):
        turn, message = f"turn-{n}", f"message-{n}"
        yield MessageSent(message_id=message, text=f"I like quiet places, {n}")
        yield ReplyStarted(turn_id=turn, message_id=message, attempt=1, owner="bench:0:0")
        yield ReplyGiven(
            turn_id=turn,
            message_id=message,
            text=f"Noted, number {n}.",
            outcome="answered",
            call_id="c",
            model="m",
            duration_ms=1,
        )
        yield TurnLearned(turn_id=turn, up_to=10**9)
    for n in range(SIZE if condition in MECHANISM else 0):
        kind = "need" if condition == "active" else "preference"
        belief = Belief(id=f"b{n}", text=f"prefers place number {n}", kind=kind, confidence=0.9)
        yield BeliefChanged(mechanism=MECHANISM[condition], by="mechanism", action="added", belief=belief)


def _through(desk: Desk, message_id: str) -> tuple[float, list[chat_model.Message]]:
    """Milliseconds from the message to the first word without the model's own, and the prompt that was sent."""
    first = threading.Event()
    times: list[float] = []
    live = desk.worker.live
    begin = live.begin

    def watched(session_id: str, turn: str):  # type: ignore[no-untyped-def]
        on_text = begin(session_id, turn)

        def heard(piece: str) -> None:
            if not first.is_set():
                times.append(time.perf_counter())
                first.set()
            on_text(piece)

        return heard

    live.begin = watched  # type: ignore[method-assign]
    try:
        sent = time.perf_counter()
        desk.send([(message_id, "Something quiet, please.")])
        first.wait(60)
        desk.worker.wait(desk.session_id)
    finally:
        live.begin = begin  # type: ignore[method-assign]
    calls = log.events(desk.engine, desk.session_id, ("model_called",))
    call = next(e.event for e in reversed(calls) if e.event.purpose == "reply")
    return (times[0] - sent) * 1000 - call.first_token_ms, list(call.messages)


def _bare(model: chat_model.BaseChatModel, prompt: list[chat_model.Message]) -> float:
    """Milliseconds to the first word of the model alone, with the same prompt."""
    begun = time.perf_counter()
    stream = model.stream([(message.role, message.content) for message in prompt])
    while not next(stream).text:
        pass
    took = (time.perf_counter() - begun) * 1000
    for _ in stream:
        pass
    return took


if __name__ == "__main__":
    main()
