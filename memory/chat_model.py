"""Chat models: opening one by its name, and calling it so that every way a call can end is an outcome.

The provider runs in a thread of its own and hands over what it says through a queue. A server that
falls silent is therefore left at the deadline, whatever its client library waits for.
"""

import os
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel

from study.errors import ModelUnavailable
from study.events import Message, Outcome
from study.protocol import BUILT_IN

os.environ.setdefault("LANGSMITH_TRACING", "false")
KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "mistralai": "MISTRAL_API_KEY",
    "groq": "GROQ_API_KEY",
    "google_genai": "GOOGLE_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
}
RETRY_STATUS = {408, 409, 425, 429, 500, 502, 503, 504, 529}
BACKOFF_SECONDS = 0.5
GATHER_SECONDS = 0.08
"""Pieces of an answer are taken up in groups: waking a thread for each costs more than all the rest."""


@dataclass(frozen=True)
class Call:
    """One call of a model, as it goes into the record. Durations in milliseconds."""

    call_id: str
    purpose: str
    model: str
    messages: tuple[Message, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    raw: str = ""
    parsed: dict[str, Any] | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    first_token_ms: float | None = None
    duration_ms: float = 0.0
    retries: int = 0
    outcome: Outcome = "failed"
    error: str = ""


def key_name(spec: str, key: str | None = None) -> str | None:
    """The environment variable that holds the key for a model: the one asked for, else its provider's usual one."""
    return key or KEYS.get(spec.partition(":")[0])


def open_model(
    spec: str, *, timeout: float, base_url: str | None = None, offline_delay: float = 0.0, key: str | None = None
) -> BaseChatModel:
    """The chat model that `spec` names: `offline`, or `provider:model` as LangChain writes it.

    `key`: the environment variable with the key, where it is not the provider's usual one.

    Retries are ours, so that the record counts them. Raises ModelUnavailable with the way out.
    """
    if spec == BUILT_IN:
        from memory.offline import OfflineChatModel

        return OfflineChatModel(delay_chunk=offline_delay)
    provider, _, name = spec.partition(":")
    if not name:
        raise ModelUnavailable(f"“{spec}” is not a model. Write offline, or provider:model such as openai:gpt-4o-mini.")
    needed = key_name(spec, key)
    if needed and not os.environ.get(needed) and (key or not (provider == "openai" and base_url)):
        raise ModelUnavailable(f"The model {spec} needs a key: set {needed} in the environment and start again.")
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": timeout, "max_retries": 0}
    if provider == "openai":
        options |= {"stream_usage": True}
        if base_url:
            options |= {"base_url": base_url, "api_key": os.environ.get("OPENAI_API_KEY") or "none"}
    if key:
        options |= {"api_key": os.environ[key]}
    if provider == "ollama":
        options = {"base_url": base_url} if base_url else {}
    try:
        opened: BaseChatModel = init_chat_model(spec, **options)
    except ImportError as error:
        package = f"langchain-{provider.replace('_', '-')}"
        raise ModelUnavailable(f"The model {spec} needs the package {package}: run pip install {package}.") from error
    except Exception as error:
        raise ModelUnavailable(f"The model {spec} cannot be opened: {reason(error)}.") from error
    return opened


def stream(
    model: BaseChatModel,
    messages: Sequence[Message],
    *,
    purpose: str,
    timeout: float,
    cancel: threading.Event,
    on_text: Callable[[str], None],
    retries: int = 2,
) -> Call:
    """Ask and hand over the answer as it comes. Never raises for what the provider does.

    `timeout` is in seconds for the whole call; a repetition is only made before the first word.
    """
    call, begun = _new(model, messages, purpose), time.monotonic()
    deadline = begun + timeout
    prompt = [(message.role, message.content) for message in messages]
    for attempt in range(retries + 1):
        call = _listen(
            replace(call, retries=attempt, error=""),
            _Source(lambda: model.stream(prompt)),
            begun,
            deadline,
            cancel,
            on_text,
        )
        wait = BACKOFF_SECONDS * 2**attempt
        if not _again(call) or attempt == retries or time.monotonic() + wait > deadline:
            break
        if cancel.wait(wait):
            call = replace(call, outcome="stopped")
            break
    call.parameters.pop("_retryable", None)
    return replace(call, duration_ms=_since(begun))


def structured(
    model: BaseChatModel,
    schema: type[BaseModel],
    messages: Sequence[Message],
    *,
    purpose: str,
    timeout: float,
    cancel: threading.Event | None = None,
    retries: int = 2,
) -> tuple[BaseModel | None, Call]:
    """Ask for an answer in the shape of `schema`; None when none came that fits. Never raises."""
    cancel = cancel or threading.Event()
    call, begun = _new(model, messages, purpose), time.monotonic()
    deadline = begun + timeout
    prompt = [(message.role, message.content) for message in messages]
    for attempt in range(retries + 1):
        source = _Source(lambda: iter([_shaped(model, schema).invoke(prompt)]))
        answer, error = source.next(deadline, cancel)
        if error is None or not _retryable(error) or attempt == retries or time.monotonic() >= deadline:
            break
        cancel.wait(min(BACKOFF_SECONDS * 2**attempt, max(0.0, deadline - time.monotonic())))
    call = replace(call, retries=attempt, duration_ms=_since(begun))
    if cancel.is_set():
        return None, replace(call, outcome="stopped")
    if isinstance(error, TimeoutError):
        return None, replace(call, outcome="timed_out", error=f"no answer in {timeout:g} s")
    if error is not None or answer is None:
        refused = "ContentFilter" in type(error).__name__  # the OpenAI client raises where others answer
        return None, replace(
            call, outcome="refused" if refused else "failed", error=reason(error) if error else "no answer"
        )
    return _parsed(call, answer)


_shapes: dict[tuple[int, type[BaseModel]], Any] = {}


def _shaped(model: BaseChatModel, schema: type[BaseModel]) -> Any:
    """The model bound to a schema, made once: translating the schema costs as much as sending it.

    What is bound holds the model, so its id stands for no other one.
    """
    key = (id(model), schema)
    if key not in _shapes:
        _shapes[key] = model.with_structured_output(schema, include_raw=True)
    return _shapes[key]


def _parsed(call: Call, answer: dict[str, Any]) -> tuple[BaseModel | None, Call]:
    raw, parsed, problem = answer["raw"], answer["parsed"], answer["parsing_error"]
    call = replace(_with_usage(call, raw), raw=str(raw.text) or str(getattr(raw, "tool_calls", "") or ""))
    if _refused(raw):
        return None, replace(call, outcome="refused")
    if parsed is None:
        return None, replace(
            call, outcome="failed", error=f"not in the requested shape: {reason(problem) if problem else 'empty'}"
        )
    return parsed, replace(call, outcome="answered", parsed=parsed.model_dump(mode="json"))


def _listen(
    call: Call,
    source: "_Source",
    begun: float,
    deadline: float,
    cancel: threading.Event,
    on_text: Callable[[str], None],
) -> Call:
    text, refused = "", False
    while True:
        chunk, error = source.next(deadline, cancel)
        if text and source.is_empty() and chunk is not None:
            cancel.wait(GATHER_SECONDS)
        if cancel.is_set():
            source.close()
            return replace(call, raw=text, outcome="stopped")
        if error is not None and time.monotonic() >= deadline:  # ours, or the provider's own, which came first
            source.close()
            return replace(call, raw=text, outcome="timed_out", error="no complete answer in time")
        if error is not None:
            again = not text and _retryable(error)
            return replace(
                call,
                raw=text,
                outcome="failed",
                error=reason(error),
                parameters={**call.parameters, "_retryable": again},
            )
        if chunk is None:
            outcome: Outcome = "refused" if refused else ("answered" if text.strip() else "empty")
            return replace(call, raw=text, outcome=outcome)
        piece = str(chunk.text)
        refused = refused or _refused(chunk)
        call = _with_usage(call, chunk)
        if piece:
            if not text:
                call = replace(call, first_token_ms=_since(begun))
            text += piece
            on_text(piece)


class _Source:
    """An iterator of a provider, drained by its own thread; `None` is its end."""

    def __init__(self, start: Callable[[], Iterator[Any]]) -> None:
        self._queue: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()
        self._closed = threading.Event()
        threading.Thread(target=self._drain, args=(start,), daemon=True, name="provider").start()

    def _drain(self, start: Callable[[], Iterator[Any]]) -> None:
        try:
            items = start()
            for item in items:
                if self._closed.is_set():
                    close = getattr(items, "close", None)  # ends the HTTP stream
                    if close:
                        close()
                    return
                self._queue.put((item, None))
            self._queue.put((None, None))
        except BaseException as error:
            self._queue.put((None, error))

    def next(self, deadline: float, cancel: threading.Event) -> tuple[Any, BaseException | None]:
        """The next item, or (None, None) at the end, or an error; TimeoutError at the deadline."""
        while not cancel.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                return None, TimeoutError()
            try:
                return self._queue.get(timeout=min(left, 0.1))
            except queue.Empty:
                continue
        return None, None

    def is_empty(self) -> bool:
        """Whether nothing more has come yet."""
        return self._queue.empty()

    def close(self) -> None:
        """Nobody listens any more; the provider's stream is closed at its next word."""
        self._closed.set()


def _new(model: BaseChatModel, messages: Sequence[Message], purpose: str) -> Call:
    name = str(getattr(model, "model_name", None) or getattr(model, "model", None) or model._llm_type)
    known = {k: v for k in ("temperature", "top_p", "max_tokens", "seed") if (v := getattr(model, k, None)) is not None}
    return Call(uuid.uuid4().hex, purpose, name, tuple(messages), known)


def _again(call: Call) -> bool:
    return call.outcome == "failed" and bool(call.parameters.get("_retryable"))


def _retryable(error: BaseException) -> bool:
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in RETRY_STATUS
    return "Connect" in type(error).__name__ or "Connection" in type(error).__name__


def _refused(message: Any) -> bool:
    if not isinstance(message, BaseMessage):
        return False
    meta = message.response_metadata or {}
    reason = meta.get("finish_reason") or meta.get("stop_reason")
    return reason in ("content_filter", "refusal") or bool(message.additional_kwargs.get("refusal"))


def _with_usage(call: Call, message: Any) -> Call:
    usage = getattr(message, "usage_metadata", None) if isinstance(message, AIMessage) else None
    if not usage:
        return call
    return replace(
        call,
        input_tokens=(call.input_tokens or 0) + usage["input_tokens"],
        output_tokens=(call.output_tokens or 0) + usage["output_tokens"],
    )


def reason(error: BaseException) -> str:
    """One short line without keys or headers."""
    status = getattr(error, "status_code", None)
    text = str(error).strip().splitlines()[0] if str(error).strip() else ""
    for key in {value for name, value in os.environ.items() if name.endswith("_API_KEY") and value}:
        text = text.replace(key, "…")  # some servers repeat what they were sent
    return f"{type(error).__name__}{f' {status}' if status else ''}: {text}"[:300]


def _since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 1)
