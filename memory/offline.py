"""The built-in model: plans from a catalogue by plain lexical rules, without a network.

An ordinary LangChain chat model. It reads the documented prompt sections (memory/prompts.py), ranks
the options by the wishes in the message and in what it is told about the participant, and answers
the structured calls. What an earlier message said counts only if a mechanism recalls it, so that
conditions differ in what memory gives them and in nothing else.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

from memory.offline_answers import ANSWERS
from memory.offline_reading import Choice, Reading, gather, rank, read, score
from study.wishes import Wish


class OfflineChatModel(BaseChatModel):
    """Answers by rules. `delay_first` and `delay_chunk` (seconds) make it as slow as a real one."""

    delay_first: float = 0.0
    delay_chunk: float = 0.0
    words_per_chunk: int = 4

    @property
    def _llm_type(self) -> str:
        return "atelier-offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": "atelier-offline", "version": 1}

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Structured output: the schema's name says what is asked."""
        names = [tool.__name__ if isinstance(tool, type) else str(tool) for tool in tools]
        return self.bind(structure=names[0], **{k: v for k, v in kwargs.items() if k == "stop"})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reading, last = _read(messages)
        if structure := kwargs.get("structure"):
            if structure not in ANSWERS:
                raise NotImplementedError(
                    f"The built-in model has no rule for {structure}. Use a language model for it."
                )
            arguments = ANSWERS[structure](reading)
            call = {"name": structure, "args": arguments, "id": uuid4().hex, "type": "tool_call"}
            message = AIMessage(content="", tool_calls=[call], usage_metadata=_usage(messages, json.dumps(arguments)))
        else:
            text = answer(reading, last, _answers(messages))
            message = AIMessage(content=text, usage_metadata=_usage(messages, text))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reading, last = _read(messages)
        text = answer(reading, last, _answers(messages))
        words = re.findall(r"\S+\s*", text)
        time.sleep(self.delay_first)
        for start in range(0, len(words), self.words_per_chunk):
            yield ChatGenerationChunk(
                message=AIMessageChunk(content="".join(words[start : start + self.words_per_chunk]))
            )
            time.sleep(self.delay_chunk)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=_usage(messages, text)))


def conversation(reading: Reading, answers_before: int) -> str:
    """The next remark of a task's material; at first what it is told about the participant, and how to begin."""
    remarks = [line.removeprefix("- ") for line in reading.parts.get("Material", [])]
    if not remarks:
        return "I am the built-in model of this study tool: I can only say what a task gives me to say."
    begin = re.search(r"[Bb]egin (?:your first reply )?with “([^”]+)”", reading.text("Role"))
    about = [text for _, text in reading.about][:2]
    first = [*([begin[1]] if begin else []), *([f"You told us: {'; '.join(about)}."] if about else [])]
    return " ".join([*(first if answers_before == 0 else []), remarks[answers_before % len(remarks)]])


def answer(reading: Reading, message: str, answers_before: int = 0) -> str:
    """A plain reply to the last message."""
    if not reading.options:
        return conversation(reading, answers_before)
    if named := _named(reading, message):
        return _about(reading, named)
    if re.fullmatch(
        r"\W*(thanks?( you)?( very much| a lot)?|thank you.*|great|perfect|ok(ay)?|good)\W*",
        message.strip(),
        re.IGNORECASE,
    ):
        return "You are welcome. If anything in the plan should be different, just say so."
    wanted = gather(reading, message)
    ranked = rank(reading, wanted, reading.text("Task"))
    lines = [
        f"- **{title}:** {ranked[section][0].name}{_why(ranked[section][0], wanted)}"
        for section, title in reading.sections
        if ranked[section]
    ]
    return "\n".join([_opening(wanted, reading), "", *lines, "", _closing(wanted, reading)])


def _opening(wanted: list[Wish], reading: Reading) -> str:
    said = [wish.words.lower() for wish in wanted if wish.wanted]
    if not said:
        return "Here is a first plan to start from."
    *others, last = [f"“{words}”" for words in dict.fromkeys(said)][:3]
    kept = f"{', '.join(others)} and {last}" if others else last
    return f"Here is a plan with {kept} in mind."


def _why(option: Choice, wanted: list[Wish]) -> str:
    fits = [wish.words.lower() for wish in wanted if wish.wanted and option.attributes.get(wish.topic) == wish.value]
    fits = list(dict.fromkeys(fits))[:2]
    return f" – {option.description[:1].lower()}{option.description[1:].rstrip('.')}" + (
        f" (fits “{'”, “'.join(fits)}”)" if fits else ""
    )


def _closing(wanted: list[Wish], reading: Reading) -> str:
    known = {wish.topic for wish in wanted}
    open_topics = [topic for topic in reading.topics if topic.id not in known]
    return open_topics[0].question if open_topics else "Is there anything you would like to change?"


def _named(reading: Reading, message: str) -> Choice | None:
    asks = re.search(r"\b(tell me|what is|what's|how much|more about|describe)\b", message, re.IGNORECASE)
    return next((o for o in reading.options if asks and o.name.lower() in message.lower()), None)


def _about(reading: Reading, option: Choice) -> str:
    labels = {topic.id: topic.label for topic in reading.topics}
    facts = ", ".join(f"{labels.get(name, name).lower()}: {value}" for name, value in option.attributes.items())
    return f"{option.name}: {option.description} ({facts}.) Shall it go into the plan?"


def _read(messages: Sequence[BaseMessage]) -> tuple[Reading, str]:
    system = "\n".join(str(m.content) for m in messages if m.type == "system")
    human = [str(m.content) for m in messages if m.type == "human"]
    return read(system), human[-1] if human else ""


def _answers(messages: Sequence[BaseMessage]) -> int:
    return sum(message.type == "ai" for message in messages)


def _usage(messages: Sequence[BaseMessage], text: str) -> Any:
    read_tokens, written = sum(len(str(m.content).split()) for m in messages), len(text.split())
    return {"input_tokens": read_tokens, "output_tokens": written, "total_tokens": read_tokens + written}


__all__ = ["OfflineChatModel", "answer", "score"]
