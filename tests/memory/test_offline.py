"""The built-in model through LangChain's interface: deterministic, on the needs it is given, and never at a loss."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from desks import DEMO
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from pydantic import BaseModel

from memory import chat_model, offline_reading, prompts, schemas
from memory.assistant import checked_sections
from memory.mechanism import Line, State, Turn
from memory.offline import OfflineChatModel
from memory.offline_answers import ANSWERS
from memory.offline_reading import read
from study.events import Belief, Message, Recalled
from study.protocol import Task
from study.wishes import Wish, noted, wishes

MODEL = OfflineChatModel()
TASKS = {task.id: task for task in DEMO.tasks}
SCHEMAS: list[type[BaseModel]] = [
    schemas.NeedsFound,
    schemas.BeliefsProposed,
    schemas.BeliefsMatched,
    schemas.SolutionDrafted,
    schemas.PreferencesStated,
    schemas.PageRewritten,
    schemas.AnswersSampled,
    schemas.DifferencesFound,
    schemas.DraftReviewed,
    schemas.NeutralAnswer,
    schemas.AnswersJudged,
    schemas.Clarification,
    schemas.PreferencesRevealed,
    schemas.NotesJudged,
]


@pytest.fixture(params=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


def turn(task: Task, text: str, *history: str) -> Turn:
    lines = tuple(Line(f"m{n}", "user" if n % 2 == 0 else "assistant", said) for n, said in enumerate(history))
    return Turn("t", "m9", text, State("s:1", task, lines))


def told(*texts: str) -> list[Recalled]:
    return [Recalled(text=text, mechanism="test", belief_id=f"b{n}", evidence=("m",)) for n, text in enumerate(texts)]


def answered(messages: list[Message]) -> str:
    return str(MODEL.invoke([(message.role, message.content) for message in messages]).text)


def asked_for(schema: type[BaseModel], messages: list[Message]) -> Any:
    parsed, call = chat_model.structured(MODEL, schema, messages, purpose="test", timeout=10)
    assert (call.outcome, call.error) == ("answered", "")
    assert isinstance(parsed, schema)
    return parsed


def drafted(task: Task, text: str, *texts: str) -> schemas.SolutionDrafted:
    asked = turn(task, text)
    found = asked_for(schemas.SolutionDrafted, prompts.solution_messages(asked, told(*texts), "A reply."))
    assert isinstance(found, schemas.SolutionDrafted)
    return found


def every_need(task: Task) -> list[tuple[str, str, str]]:
    """(attribute, value, the words for it) for every value that an option of the task has."""
    offered = {(name, value) for option in task.catalogue for name, value in option.attributes.items()}
    return [
        (a, v, words[0]) for a, at in task.attributes.items() for v, words in at.values.items() if (a, v) in offered
    ]


def satisfied(task: Task, draft: schemas.SolutionDrafted, attribute: str, value: str) -> int:
    options = {option.id: option for option in task.catalogue}
    return sum(options[o].attributes.get(attribute) == value for s in draft.sections for o in s.option_ids)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_wish_that_was_noted_reads_back_as_the_same_wish(task: Task, wanted: bool) -> None:
    topics = offline_reading.read(prompts.sections(State("s", task), "", {})).topics
    for topic in topics:
        for value, words in topic.values.items():
            wish = Wish(topic.id, value, wanted, words[0])
            inferred = f"{topic.label}: {'prefers' if wanted else 'does not want'} {value} (“{words[0]}”)"
            for line in (noted(topic, wish), inferred):
                (read,) = wishes(line, topics)
                assert (read.topic, read.value, read.wanted) == (topic.id, value, wanted), line


# --- as a LangChain chat model ---------------------------------------------------------------------


def test_the_pieces_of_a_stream_join_to_the_whole_answer(task: Task) -> None:
    messages = [(m.role, m.content) for m in prompts.reply_messages(turn(task, "Something cheap, please."), told())]
    chunks = list(MODEL.stream(messages))
    assert len(chunks) > 5 and all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    whole = MODEL.invoke(messages)
    assert "".join(str(chunk.text) for chunk in chunks) == whole.text
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    assert total.usage_metadata == whole.usage_metadata  # type: ignore[attr-defined]
    assert whole.usage_metadata and whole.usage_metadata["output_tokens"] == len(whole.text.split())


def test_the_same_prompt_has_the_same_answer_also_from_another_instance(task: Task) -> None:
    messages = [
        (m.role, m.content) for m in prompts.reply_messages(turn(task, "Cheap, and relaxed."), told("By train"))
    ]
    first = MODEL.invoke(messages).text
    assert all(OfflineChatModel().invoke(messages).text == first for _ in range(3))
    draft = drafted(task, "Cheap.", "relaxed")
    assert all(drafted(task, "Cheap.", "relaxed") == draft for _ in range(3))


def test_it_can_be_as_slow_as_a_real_one_and_be_stopped() -> None:
    model, cancel = OfflineChatModel(delay_chunk=0.2), threading.Event()
    messages = prompts.reply_messages(turn(TASKS["weekend_trip"], "Cheap."), told())
    pieces: list[str] = []

    def on_text(piece: str) -> None:
        pieces.append(piece)
        cancel.set()

    call = chat_model.stream(model, messages, purpose="reply", timeout=10, cancel=cancel, on_text=on_text)
    assert (call.outcome, call.raw, call.model) == ("stopped", "".join(pieces), "atelier-offline")
    assert 0 < len(call.raw) < len(answered(messages))


def test_a_schema_without_a_rule_is_said_to_be_one() -> None:
    class Poem(BaseModel):
        """Not one of ours."""

        lines: list[str]

    messages = prompts.structured_messages(State("s", TASKS["present"]), "Write.", {})
    parsed, call = chat_model.structured(MODEL, Poem, messages, purpose="test", timeout=5)
    assert (parsed, call.outcome) == (None, "failed") and "no rule for Poem" in call.error


# --- replies ---------------------------------------------------------------------------------------


def test_a_reply_proposes_one_option_of_each_section_and_ends_with_a_question(task: Task) -> None:
    text = answered(prompts.reply_messages(turn(task, "Hello!"), told()))
    for section in task.sections:
        named = [o.name for o in task.catalogue if o.section == section.id and f"**{section.title}:** {o.name}" in text]
        assert len(named) == 1
    assert text.rstrip().endswith("?")


def test_a_reply_cites_the_needs_and_preferences_it_is_given(task: Task) -> None:
    for attribute, value, words in every_need(task):
        text = answered(prompts.reply_messages(turn(task, "What do you suggest?"), told(f"They said: {words}")))
        assert words.lower() in text.splitlines()[0], (attribute, value)
        assert f"“{words.lower()}”" in text
        without = answered(prompts.reply_messages(turn(task, "What do you suggest?"), told()))
        assert words.lower() not in without.splitlines()[0]


def test_what_was_not_recalled_is_not_known(task: Task) -> None:
    _attribute, _value, words = every_need(task)[0]
    fresh = turn(task, "What do you suggest?")
    said = turn(task, "What do you suggest?", f"I want it {words}.", "Very well.")
    unused = [piece.model_copy(update={"used": False}) for piece in told(f"They said: {words}")]
    plain = answered(prompts.reply_messages(fresh, told()))
    assert answered(prompts.reply_messages(said, told())) == plain
    assert answered(prompts.reply_messages(fresh, unused)) == plain


def test_it_answers_a_question_about_an_option_and_thanks() -> None:
    task = TASKS["weekend_trip"]
    option = task.catalogue[0]
    about = answered(prompts.reply_messages(turn(task, f"Tell me more about {option.name.lower()}"), told()))
    assert about.startswith(option.name) and option.description in about
    assert answered(prompts.reply_messages(turn(task, "Thank you!"), told())).startswith("You are welcome")
    assert "I can only say what a task gives me" in MODEL.invoke([("user", "Hello")]).text


def test_in_a_conversation_it_says_the_tasks_remarks_one_after_the_other() -> None:
    task = Task(id="debate", title="Cars", brief="Discuss.", opening="Hello.", remarks=("Cars are loud.", "Cars kill."))
    about = [Recalled(text="Age: 25–34", mechanism="setup_form", evidence=("e",))]
    role = Recalled(text="Begin your first reply with “As a medic:”.", mechanism="system_prompt", kind="instruction")
    first = prompts.reply_messages(turn(task, "I like cars."), [*about, role])
    assert "# Options" not in first[0].content and "Begin your first reply" in first[0].content
    assert answered(first) == "As a medic: You told us: Age: 25–34. Cars are loud."
    plain = prompts.reply_messages(turn(task, "I like cars."), [])
    assert answered(plain) == "Cars are loud."
    said = [Line("m1", "user", "I like cars."), Line("t1", "assistant", "Cars are loud.")]
    later = replace(turn(task, "Still."), state=State("s", task, tuple(said)))
    assert answered(prompts.reply_messages(later, [*about, role])) == "Cars kill."


# --- plans -----------------------------------------------------------------------------------------


def test_plans_satisfy_given_needs_more_often_than_plans_without(task: Task) -> None:
    plain = drafted(task, "What do you suggest?")
    with_needs = without = possible = 0
    for attribute, value, words in every_need(task):
        draft = drafted(task, "What do you suggest?", f"They said: {words}")
        options = {option.id: option for option in task.catalogue}
        sections = {o.section for o in task.catalogue if o.attributes.get(attribute) == value}
        got = satisfied(task, draft, attribute, value)
        assert got == len(sections), (attribute, value)  # wherever an option has it, one is chosen
        for section in draft.sections:
            fits = all(options[o].attributes.get(attribute) == value for o in section.option_ids)
            assert section.because == (["b0"] if fits else [])
        with_needs += got
        without += satisfied(task, plain, attribute, value)
        possible += len(task.sections)
    assert with_needs / possible > without / possible + 0.2


def test_what_is_not_wanted_is_avoided(task: Task) -> None:
    for attribute, value, words in every_need(task):
        others = {o.section for o in task.catalogue if o.attributes.get(attribute) != value}
        draft = drafted(task, f"Please nothing {words}.")
        assert satisfied(task, draft, attribute, value) <= len(task.sections) - len(others), (attribute, value)


def test_the_message_counts_more_than_what_is_known_but_an_edit_more_than_the_last_message() -> None:
    task = TASKS["weekend_trip"]
    draft = drafted(task, "Rather luxury!", "Budget: low")
    assert satisfied(task, draft, "budget", "high") == len(task.sections)
    state = replace(turn(task, "").state, history=(Line("m0", "user", "Something cheap by train."),))
    edited = prompts.solution_messages(Turn("t", "", "Something cheap by train.", state), told("Budget: high"), "")
    found = asked_for(schemas.SolutionDrafted, edited)
    assert satisfied(task, found, "budget", "high") == len(task.sections)
    unsaid = prompts.solution_messages(Turn("t", "", "Something cheap by train.", state), told("Pace: relaxed"), "")
    assert satisfied(task, asked_for(schemas.SolutionDrafted, unsaid), "budget", "low") == len(task.sections)


def test_a_plan_keeps_what_nothing_speaks_against(task: Task) -> None:
    last = {section.id: [o.id for o in task.catalogue if o.section == section.id][-1] for section in task.sections}
    draft = schemas.SolutionDrafted.model_validate(
        {"sections": [{"id": s, "option_ids": [o]} for s, o in last.items()]}
    )
    state = replace(State("s:1", task), solution=checked_sections(State("s:1", task), draft))
    messages = prompts.solution_messages(Turn("t", "m", "Thanks, go on.", state), told(), "A reply.")
    kept = asked_for(schemas.SolutionDrafted, messages)
    assert {section.id: section.option_ids for section in kept.sections} == {s: [o] for s, o in last.items()}


def test_a_plan_cites_only_what_is_held() -> None:
    task = TASKS["weekend_trip"]
    statuses: list[Any] = ["held", "open", "declined", "retracted", "outdated"]
    beliefs = tuple(Belief(id=f"b-{status}", text=status, kind="need", status=status) for status in statuses)
    section = {"id": "stay", "option_ids": ["lake_cabin"], "because": [*(b.id for b in beliefs), "invented"]}
    draft = schemas.SolutionDrafted.model_validate({"sections": [section]})
    assert checked_sections(State("s:1", task, beliefs=beliefs), draft)[0].because == ("b-held",)


# --- structured answers ----------------------------------------------------------------------------


def messages_for(schema: type[BaseModel], asked: Turn, beliefs: list[Belief]) -> list[Message]:
    """The prompt under which the mechanisms ask for this schema."""
    held = prompts.belief_lines(beliefs)
    extra: dict[str, list[str]] = {"Held beliefs": held, "Message": [asked.text]}
    looked_at = [belief.text for belief in beliefs] or [asked.text]
    extra |= {
        "Draft": looked_at,
        "First answer": looked_at,
        "Second answer": [asked.text],
        "Open topics": ["- budget: ?"],
    }
    if schema is schemas.SolutionDrafted:
        return prompts.solution_messages(asked, told(*(b.text for b in beliefs), asked.text), asked.text)
    if schema is schemas.BeliefsMatched:
        extra["Proposals"] = [f"- {n} | {b.topic} | {' '.join(b.text.split())}" for n, b in enumerate(beliefs)]
    return prompts.structured_messages(asked.state, "Answer.", extra)


def test_there_is_a_rule_for_every_schema_that_is_asked_for() -> None:
    assert {schema.__name__ for schema in SCHEMAS} == set(ANSWERS)


def test_needs_are_found_with_topic_and_words_and_questions_are_about_what_is_open(task: Task) -> None:
    for attribute, value, words in every_need(task):
        asked = turn(task, f"Well. I want it {words}. That is all.")
        found = asked_for(schemas.NeedsFound, messages_for(schemas.NeedsFound, asked, []))
        assert attribute in [need.topic for need in found.needs]
        need = next(need for need in found.needs if need.topic == attribute)
        assert value in need.text and words in need.text and words in need.quote and "That is all" not in need.quote
        assert 1 <= len(found.questions) <= 3
        assert {question.topic for question in found.questions} <= set(task.attributes) - {attribute}
        assert all(len(question.suggestions) >= 2 for question in found.questions)


def test_what_is_held_or_declined_is_not_asked_about(task: Task) -> None:
    topics = list(task.attributes)
    beliefs = [Belief(id=f"b{n}", text="x", kind="need", topic=topic) for n, topic in enumerate(topics[:-1])]
    found = asked_for(schemas.NeedsFound, messages_for(schemas.NeedsFound, turn(task, "Hm."), beliefs))
    assert [question.topic for question in found.questions] == [topics[-1]]


def test_questions_are_of_the_next_area_easy_ones_first_and_none_when_the_answer_is_wanted() -> None:
    asked = turn(TASKS["weekend_trip"], "Hm.")
    first = asked_for(schemas.NeedsFound, messages_for(schemas.NeedsFound, asked, []))
    assert first.area == "The basics" and {q.topic for q in first.questions} == {"budget", "setting", "pace"}
    assert [q.effort for q in first.questions] == sorted(q.effort for q in first.questions)
    extra = {"Held beliefs": [], "Areas so far": ["- The basics"], "Message": ["Cheap, to the sea, relaxed."]}
    second = asked_for(schemas.NeedsFound, prompts.structured_messages(asked.state, "Answer.", extra))
    extra["Held beliefs"] = ["- [b0] (open; pace) Do you want to rest?"]  # answered by this very message
    assert asked_for(schemas.NeedsFound, prompts.structured_messages(asked.state, "Answer.", extra)).area == second.area
    assert second.area == "The details" and "travel" in {q.topic for q in second.questions}
    extra["Message"] = ["Just give me the plan, please."]
    assert asked_for(schemas.NeedsFound, prompts.structured_messages(asked.state, "Answer.", extra)).wants_answer


def test_a_need_stands_beside_another_one_unless_they_exclude_each_other() -> None:
    task = TASKS["weekend_trip"]
    held = [Belief(id="b0", text="Getting around: train (“by train”)", kind="need", topic="travel")]
    for said, beside in (("Not by car.", True), ("By bike.", False), ("Not by train.", False)):
        found = asked_for(schemas.NeedsFound, messages_for(schemas.NeedsFound, turn(task, said), held))
        assert [need.beside for need in found.needs] == [beside], said


def test_in_a_tie_the_need_of_higher_priority_decides() -> None:
    task = TASKS["weekend_trip"]
    one = drafted(task, "Hm.", "Surroundings: water (priority 1 of 2)", "Indoors or outdoors: indoor (priority 2 of 2)")
    other = drafted(
        task, "Hm.", "Surroundings: water (priority 2 of 2)", "Indoors or outdoors: indoor (priority 1 of 2)"
    )
    assert satisfied(task, one, "setting", "water") > satisfied(task, other, "setting", "water")


def test_beliefs_are_proposed_with_less_confidence_when_the_words_hedge() -> None:
    task = TASKS["weekend_trip"]
    sure, hedged = (
        asked_for(schemas.BeliefsProposed, messages_for(schemas.BeliefsProposed, turn(task, text), []))
        for text in ("We go by train.", "Maybe by train, not sure.")
    )
    assert [belief.topic for belief in sure.beliefs] == ["travel"] == [belief.topic for belief in hedged.beliefs]
    assert hedged.beliefs[0].confidence < sure.beliefs[0].confidence
    assert "We go by train." in sure.beliefs[0].reasoning
    against = asked_for(schemas.BeliefsProposed, messages_for(schemas.BeliefsProposed, turn(task, "No car."), []))
    assert "does not want" in against.beliefs[0].text or "train" in against.beliefs[0].text


@pytest.mark.parametrize(
    ("text", "topic", "label", "belief"),
    [
        ("Budget: prefers low (“cheap”)", "budget", "identical", "b0"),
        ("Budget: prefers high (“luxury”)", "budget", "similar", "b0"),
        ("Pace: prefers relaxed (“calm”)", "pace", "unrelated", ""),
    ],
)
def test_proposals_are_matched_by_topic_and_value(text: str, topic: str, label: str, belief: str) -> None:
    task = TASKS["weekend_trip"]
    held = [Belief(id="b0", text="Budget: prefers low (“inexpensive”)", topic="budget")]
    extra = {"Held beliefs": prompts.belief_lines(held), "Proposals": [f"- 0 | {topic} | {text}"]}
    messages = prompts.structured_messages(State("s", task), prompts.MATCH_ROLE, extra)
    (match,) = asked_for(schemas.BeliefsMatched, messages).matches
    assert (match.proposal, match.label, match.belief_id) == (0, label, belief)


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "# Options",
                "# Attributes",
                "# Sections",
                "# Held beliefs",
                "# Proposals",
                "# Message",
                "# Plan so far",
                "- a | b",
                "- [x] (y; z) w",
                "- 0",
                "\r",
                "\u2028# Options\u2028- x",
                "\x85# Sections",
                "cheap",
                "not by train",
                "(((",
                "\\",
                "{}",
                "\0",
                "\ud800",
            ]
        ),
        max_size=8,
    ).map("\n".join),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=HOSTILE, earlier=HOSTILE, name=st.sampled_from(sorted(TASKS)))
def test_whatever_a_person_writes_is_answered_in_shape(text: str, earlier: str, name: str) -> None:
    task = TASKS[name]
    asked = turn(task, text, earlier, "A reply.")
    beliefs = [Belief(id="b0", text=earlier, topic="budget"), Belief(id="b1", text=text, status="open")]
    reply = answered(prompts.reply_messages(asked, told(earlier, text)))
    assert reply.strip()
    for schema in SCHEMAS:
        found = asked_for(schema, messages_for(schema, asked, beliefs))
        if isinstance(found, schemas.SolutionDrafted):
            assert [section.id for section in found.sections] == [section.id for section in task.sections]
            sections = checked_sections(asked.state, found)
            assert [list(s.option_ids) for s in sections] == [s.option_ids for s in found.sections]
            assert all(section.option_ids for section in sections)
    assert answered([Message(role="user", content=text)]).strip()


def test_its_own_notes_read_back_as_the_wish_they_were_made_from(task: Task) -> None:
    topics = read(prompts.sections(State("s", task), "", {})).topics
    for topic in topics:
        for value in topic.values:
            for says, wanted in (("", True), ("prefers ", True), ("not ", False), ("does not want ", False)):
                found = wishes(f"{topic.label}: {says}{value}", topics)
                assert [(w.topic, w.value, w.wanted) for w in found] == [(topic.id, value, wanted)]
