"""Every way a call of a model can end is an outcome from a fixed list, over real HTTP."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from openai_server import DEFAULT_TEXT, Answer, Cuts, Fails, OpenAIServer, Says, Silent
from pydantic import BaseModel

from memory.chat_model import BACKOFF_SECONDS, Call, key_name, open_model, reason, stream, structured
from memory.schemas import BeliefsMatched, BeliefsProposed, NeedsFound, SolutionDrafted
from study.errors import ModelUnavailable
from study.events import Message, Outcome

KEY = "sk-secret-0123456789abcdef"
MESSAGES = [Message(role="system", content="You are brief."), Message(role="user", content="Where to?")]
MARGIN = 6.0
"""For machines that do other things as well; a silent server stays silent for much longer."""


@pytest.fixture(scope="module")
def one_server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def server(one_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> OpenAIServer:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    one_server.script()
    one_server.script_structured()
    one_server.requests.clear()
    return one_server


def ask(
    server: OpenAIServer,
    *answers: Answer,
    timeout: float = 10,
    retries: int = 2,
    cancel: threading.Event | None = None,
    on_text: Callable[[str], None] = lambda piece: None,
) -> Call:
    server.script(*answers)
    model = open_model("openai:test-model", timeout=timeout, base_url=server.url)
    stopped = cancel or threading.Event()
    return stream(model, MESSAGES, purpose="reply", timeout=timeout, cancel=stopped, on_text=on_text, retries=retries)


def ask_for(
    server: OpenAIServer,
    schema: type[BaseModel],
    *answers: Answer,
    timeout: float = 10,
    retries: int = 2,
    cancel: threading.Event | None = None,
) -> tuple[BaseModel | None, Call]:
    server.script_structured(*answers)
    model = open_model("openai:test-model", timeout=timeout, base_url=server.url)
    return structured(model, schema, MESSAGES, purpose="find_needs", timeout=timeout, cancel=cancel, retries=retries)


def test_an_answer_is_streamed_and_everything_about_it_is_kept(server: OpenAIServer) -> None:
    pieces: list[str] = []
    call = ask(server, Says(delay=0.02), on_text=pieces.append)
    assert (call.outcome, call.raw, call.error, call.retries) == ("answered", DEFAULT_TEXT, "", 0)
    assert "".join(pieces) == DEFAULT_TEXT and len(pieces) > 1
    assert (call.purpose, call.model, call.messages) == ("reply", "test-model", tuple(MESSAGES))
    assert (call.input_tokens, call.output_tokens) == (5, 6)
    assert call.first_token_ms is not None and 0 < call.first_token_ms < call.duration_ms
    assert call.parameters == {}
    assert server.prompts() == [[{"role": m.role, "content": m.content} for m in MESSAGES]]


def test_a_server_that_counts_no_tokens_leaves_them_open(server: OpenAIServer) -> None:
    call = ask(server, Says(usage=False))
    assert (call.outcome, call.input_tokens, call.output_tokens) == ("answered", None, None)


@pytest.mark.parametrize(
    ("answers", "outcome", "raw", "retries", "error"),
    [
        ([Fails(401)], "failed", "", 0, "401"),
        ([Fails(400)], "failed", "", 0, "400"),
        ([Fails(429), Says()], "answered", DEFAULT_TEXT, 1, ""),
        ([Fails(503), Cuts(words=0), Says()], "answered", DEFAULT_TEXT, 2, ""),
        ([Fails(500), Fails(500), Fails(500), Says()], "failed", "", 2, "500"),
        ([Cuts(words=2), Says()], "failed", "The hillside ", 0, "Connection"),
        ([Says("")], "empty", "", 0, ""),
        ([Says(" \n ")], "empty", " \n ", 0, ""),
        ([Says("", finish="content_filter")], "refused", "", 0, ""),
        ([Says("The hillside", finish="content_filter")], "refused", "The hillside", 0, ""),
    ],
)
def test_how_a_stream_can_end(
    server: OpenAIServer, answers: list[Answer], outcome: str, raw: str, retries: int, error: str
) -> None:
    call = ask(server, *answers)
    assert (call.outcome, call.raw.strip(), call.retries) == (outcome, raw.strip(), retries)
    assert error in call.error and bool(call.error) == bool(error)
    assert call.outcome in get_args(Outcome)
    assert len(server.requests) == retries + 1
    assert call.parameters == {}
    assert (call.first_token_ms is not None) == bool(raw)
    assert call.duration_ms > 0


def test_retries_can_be_turned_off(server: OpenAIServer) -> None:
    call = ask(server, Fails(500), Says(), retries=0)
    assert (call.outcome, call.retries, len(server.requests)) == ("failed", 0, 1)


@pytest.mark.parametrize("words", [0, 2])
def test_a_silent_server_is_left_at_the_deadline_and_what_it_said_is_kept(server: OpenAIServer, words: int) -> None:
    begun = time.monotonic()
    call = ask(server, Silent(words=words), timeout=2)
    assert 2 <= time.monotonic() - begun < 2 + MARGIN
    assert (call.outcome, call.raw.split(), call.retries) == ("timed_out", DEFAULT_TEXT.split()[:words], 0)
    assert 2000 <= call.duration_ms < 1000 * (2 + MARGIN)
    assert call.error


def test_repetitions_keep_to_the_deadline_too(server: OpenAIServer) -> None:
    begun = time.monotonic()
    call = ask(server, *[Fails(503)] * 9, timeout=3, retries=8)
    assert time.monotonic() - begun < 3 + MARGIN
    assert (call.outcome, call.retries) == ("failed", 2)


def test_nobody_there_is_a_failure_after_the_repetitions(server: OpenAIServer) -> None:
    model = open_model("openai:test-model", timeout=5, base_url="http://127.0.0.1:9/v1")
    call = stream(
        model, MESSAGES, purpose="reply", timeout=5, cancel=threading.Event(), on_text=lambda _: None, retries=1
    )
    assert (call.outcome, call.retries) == ("failed", 1)
    assert "Connect" in call.error


def test_stop_keeps_what_came_and_is_heard_at_once(server: OpenAIServer) -> None:
    cancel, heard = threading.Event(), []

    def on_text(piece: str) -> None:
        heard.append(piece)
        if len(heard) == 2:
            cancel.set()

    begun = time.monotonic()
    call = ask(server, Says("word " * 200, delay=0.1), cancel=cancel, on_text=on_text)
    assert time.monotonic() - begun < 2 + MARGIN
    assert (call.outcome, call.raw) == ("stopped", "".join(heard))
    assert call.raw.startswith("word ")


@pytest.mark.parametrize("answer", [Silent(), Fails(429)])
def test_stop_is_heard_in_silence_and_between_repetitions(server: OpenAIServer, answer: Answer) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    begun = time.monotonic()
    call = ask(server, answer, Silent(), cancel=cancel)
    assert time.monotonic() - begun < 0.3 + MARGIN
    assert (call.outcome, call.raw) == ("stopped", "")


@pytest.mark.parametrize("answer", [Fails(401, "Incorrect API key provided: {key}."), Fails(500, "Bearer {key}")])
def test_no_key_is_ever_in_the_record_or_the_log(
    server: OpenAIServer, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    call = ask(server, answer, retries=0)
    _, other = ask_for(server, NeedsFound, answer, retries=0)
    assert any(KEY in str(request["headers"]) for request in server.requests)
    for text in (repr(call), repr(other), caplog.text):
        assert KEY not in text and "uthorization" not in text
    assert call.error and other.error


# --- structured answers --------------------------------------------------------------------------

FILLED: dict[type[BaseModel], str] = {
    NeedsFound: '{"needs": [{"text": "by train", "topic": "travel", "quote": "by train"}], "questions": []}',
    BeliefsProposed: '{"beliefs": [{"text": "Prefers trains", "reasoning": "", "confidence": 8, "durability": 6, '
    '"topic": "travel"}]}',
    BeliefsMatched: '{"matches": [{"proposal": 0, "belief_id": "b1", "label": "similar", "text": "Prefers trains"}]}',
    SolutionDrafted: '{"sections": [{"id": "stay", "option_ids": ["inn"], "text": "", "because": []}]}',
}


@pytest.mark.parametrize("schema", FILLED, ids=lambda schema: schema.__name__)
def test_every_schema_is_asked_for_and_read(server: OpenAIServer, schema: type[BaseModel]) -> None:
    parsed, call = ask_for(server, schema, Says(FILLED[schema]))
    assert parsed == schema.model_validate_json(FILLED[schema])
    assert (call.outcome, call.raw, call.parsed) == ("answered", FILLED[schema], parsed.model_dump(mode="json"))
    assert call.input_tokens == 5 and call.output_tokens is not None
    assert schema.__name__ in str(server.requests[0]["body"])


@pytest.mark.parametrize(
    ("answers", "outcome", "retries", "error"),
    [
        ([Fails(401)], "failed", 0, "401"),
        ([Fails(429), Says(FILLED[NeedsFound])], "answered", 1, ""),
        ([Cuts(), Says(FILLED[NeedsFound])], "answered", 1, ""),
        ([Says("no JSON at all")], "failed", 0, "ValidationError"),
        ([Says('{"needs": 3, "questions": []}')], "failed", 0, "ValidationError"),
        ([Says('{"needs": [', finish="length")], "failed", 0, "Length"),
        ([Says("")], "failed", 0, "not in the requested shape"),
        ([Says("", refusal="I cannot help with that.")], "refused", 0, ""),
        ([Says("", finish="content_filter")], "refused", 0, "ContentFilter"),
    ],
)
def test_how_a_structured_call_can_end(
    server: OpenAIServer, answers: list[Answer], outcome: str, retries: int, error: str
) -> None:
    parsed, call = ask_for(server, NeedsFound, *answers)
    assert (call.outcome, call.retries) == (outcome, retries)
    assert (parsed is not None) == (outcome == "answered") == (call.parsed is not None)
    assert error in call.error and bool(call.error) == bool(error)
    assert call.messages == tuple(MESSAGES) and call.purpose == "find_needs"


def test_a_structured_call_gives_up_without_waiting_after_the_last_repetition(
    server: OpenAIServer,
) -> None:
    pauses: list[float] = []

    class Noting(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            return super().wait(timeout)

    parsed, call = ask_for(server, NeedsFound, *[Fails(500)] * 9, retries=1, cancel=Noting())
    assert (parsed, call.outcome, call.retries, len(server.requests)) == (None, "failed", 1, 2)
    assert pauses == [BACKOFF_SECONDS]


def test_a_silent_server_ends_a_structured_call_at_the_deadline(server: OpenAIServer) -> None:
    begun = time.monotonic()
    parsed, call = ask_for(server, NeedsFound, Silent(), timeout=1)
    assert 1 <= time.monotonic() - begun < 1 + MARGIN
    assert (parsed, call.outcome) == (None, "timed_out") and call.error


# --- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "way_out"),
    [
        ("", "offline, or provider:model"),
        ("gpt-4o", "offline, or provider:model"),
        ("openai:", "offline, or provider:model"),
        ("openai:gpt-4o-mini", "set OPENAI_API_KEY"),
        ("anthropic:claude", "set ANTHROPIC_API_KEY"),
        ("nonsense:model", "cannot be opened"),
    ],
)
def test_a_model_that_cannot_be_opened_says_the_way_out(
    monkeypatch: pytest.MonkeyPatch, spec: str, way_out: str
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelUnavailable, match=way_out) as caught:
        open_model(spec, timeout=1)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_provider_whose_package_is_missing_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    with pytest.raises(ModelUnavailable, match="pip install langchain-mistralai") as caught:
        open_model("mistralai:mistral-small", timeout=1)
    assert KEY not in str(caught.value)


def test_a_server_of_ones_own_needs_no_key(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ask(server).outcome == "answered"


def test_a_study_may_name_the_variable_that_holds_its_key(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_API_KEY", "sk-of-the-lab")
    model = open_model("openai:test-model", timeout=5, base_url=server.url, key="LAB_API_KEY")
    assert list(model.stream("Hello"))
    assert "Bearer sk-of-the-lab" in server.requests[-1]["headers"].values()
    assert "sk-of-the-lab" not in reason(RuntimeError("invalid key sk-of-the-lab"))
    monkeypatch.delenv("LAB_API_KEY")
    with pytest.raises(ModelUnavailable, match="set LAB_API_KEY in the environment"):
        open_model("openai:test-model", timeout=5, base_url=server.url, key="LAB_API_KEY")
    assert (key_name("openai:x"), key_name("openai:x", "LAB_API_KEY"), key_name("ollama:x")) == (
        "OPENAI_API_KEY", "LAB_API_KEY", None,
    )  # fmt: skip


def test_a_name_may_hold_colons(server: OpenAIServer) -> None:
    model: Any = open_model("openai:llama3:8b", timeout=1, base_url=server.url)
    assert model.model_name == "llama3:8b"
