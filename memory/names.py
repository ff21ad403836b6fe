"""Names, e-mail addresses and telephone numbers leave a prompt before it is sent.

A name is known by its introduction: somebody says what they are called ("me llamo Ana"), or a word for a person comes
before it ("my daughter Lena"). It is a matter of words and patterns: a name that is not introduced cannot be told from
other words and stays, and so does one that is also a word of the task. The text of the task is never touched.
"""

import re
from collections.abc import Iterable, Iterator

from memory.name_words import BEFORE_KIN, ENGLISH_KIN, GERMAN_KIN, GIVEN, SPANISH_KIN, STOP
from memory.prompts import OF_THE_TASK
from study.events import Message

WORD = r"[A-ZÀ-ÖØ-Þ][\w’'-]+"
NAME = rf"(?P<name>{WORD}(?: {WORD})?)"
PAIR = rf"{NAME}(?:,| and| &| und| y) (?P<other>{WORD})"
SELF = (
    r"\b[Mm]y name(?:[’']s| is)|\bI(?:[’']m| am) called|\b[Cc]all me|\b[Ii]ch heiße|\b[Mm]ein Name ist|"
    r"\b[Nn]enn(?:t|en Sie)? mich|\b[Mm]e llam(?:o|an)|\b[Mm]i nombre es"
)
"""How people say what they are called."""
TITLES = r"\b(?:Uncle|Aunt|Auntie|Grandma|Grandpa|[Tt]í[oa]|[Dd]on|[Dd]oña|M(?:rs|r|s)\.?|Dr\.?|Herrn?|Sra?\.?)"
CALLED = {
    ENGLISH_KIN: r"(?:,? (?:who )?(?:is )?(?:called|named)|[’']s name is)",
    GERMAN_KIN: r",? (?:der |die |das )?(?:namens|heißt|genannt)",
    SPANISH_KIN: r",? (?:que )?(?:se llama|llamad[oa]|de nombre)",
}
KIN = {
    people: rf"\b(?:{before})(?: (?!(?:and|with|for|of|und|mit|y|con)\b)[\w-]+)?? (?:{people})"
    for people, before in BEFORE_KIN.items()
}
"""A word for a person, with what stands before it: "my younger sister", "meine Tochter", "mi mejor amiga"."""
SURE = [
    re.compile(rf"(?:{SELF}|{TITLES}) {NAME}"),
    *(re.compile(rf"{kin}{CALLED[people]} {NAME}") for people, kin in KIN.items()),
    *(re.compile(rf"{KIN[people]} {NAME}") for people in (ENGLISH_KIN, SPANISH_KIN)),
    *(re.compile(rf"{KIN[people]}s {PAIR}") for people in (ENGLISH_KIN, SPANISH_KIN)),
    # What stands between commas is closed by the second one: "my friend, Max, likes", not "for my friend, Paris is".
    *(re.compile(rf"{KIN[people]}, {NAME}(?=,)") for people in (ENGLISH_KIN, SPANISH_KIN)),
    *(re.compile(rf"{KIN[people]} \({NAME}\)") for people in (ENGLISH_KIN, SPANISH_KIN)),
    # At the beginning of a German sentence the verb follows, so what is capitalised is no other noun.
    re.compile(rf"(?:^|[.!?]\s+)(?:Mein|Unser)e? (?:{GERMAN_KIN}) {NAME}(?= [a-zäöüß])", re.MULTILINE),
]
LIKELY = [
    *(re.compile(rf"{kin}(?:,? | \(){NAME}") for kin in KIN.values()),
    re.compile(rf"\b(?:Kinder[n]?|Töchtern?|Söhnen?|Freunden?|Enkeln?),? {PAIR}"),
    re.compile(rf"(?:\bI(?:[’']m| am)|\b[Ii]ch bin(?: die| der)?|\b[Ss]oy|\b(?:Onkel|Tante|Oma|Opa|Frau)) {NAME}"),
]
"""Where another noun may stand as well: only frequent given names count."""
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
NUMBER = re.compile(
    rf"(?P<date>(?<![\w/]){DAY}/{DAY}(?:/(?:\d{{4}}|\d\d)(?!\d)|(?=\s?-\s?{DAY}/))|(?<!\w){DAY}([ -]){DAY}\2(?:19|20)\d\d(?!\d))"
    r"|(?<!\w)(?:\+|0)\d(?:[ ()/-]*\d){6,13}(?!\w)"
)
"""Telephone numbers; a date of the same shape is taken first, and stays."""


def names_in(text: str) -> set[str]:
    """Names by which the text introduces people, each also without its surname."""
    found = {name for pattern in SURE for name in _introduced(pattern, text)}
    found |= {name for pattern in LIKELY for name in _introduced(pattern, text) if name.split()[0] in GIVEN}
    return found | {name.split()[0] for name in found}


def without_names(messages: Iterable[Message], known: Iterable[str] = ()) -> list[Message]:
    """A prompt in which names, e-mail addresses and telephone numbers are replaced by what they are.

    `known` are the names introduced elsewhere in the conversation. The sections of the prompt that hold the task
    (`prompts.OF_THE_TASK`) stay as the researcher wrote them, and no word of theirs is taken for a name.
    """
    sent = list(messages)
    texts = [(part, is_task) for message in sent for part, is_task in _parts(message)]
    words = {word for part, is_task in texts if is_task for word in re.findall(r"\w+", part)}
    names = {*known, *(name for part, is_task in texts if not is_task for name in names_in(part))}
    names = {name for name in names if name.split()[0] not in words}
    return [message.model_copy(update={"content": _rewritten(message, names)}) for message in sent]


def _introduced(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    for match in pattern.finditer(text):
        yield from filter(None, (_name(found) for found in match.groups() if found))


def _name(found: str) -> str:
    """What of these capitalised words is a name; "" if nothing is."""
    kept: list[str] = []
    for word in found.split():
        if re.split(r"[’']", word)[0].casefold() in STOP:
            break
        kept.append(re.sub(r"[’']s?$", "", word))
    return " ".join(kept)


def _parts(message: Message) -> Iterator[tuple[str, bool]]:
    """The sections of a message, each with whether it holds the task. Together they are the message."""
    if message.role != "system":
        yield message.content, False
        return
    for part in re.split(r"^(?=# )", message.content, flags=re.MULTILINE):
        yield part, part.partition("\n")[0].removeprefix("# ") in OF_THE_TASK


def _rewritten(message: Message, names: Iterable[str]) -> str:
    return "".join(part if is_task else _replaced(part, names) for part, is_task in _parts(message))


def _replaced(text: str, names: Iterable[str]) -> str:
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", text)
    return NUMBER.sub(lambda match: match["date"] or "[phone number]", EMAIL.sub("[e-mail address]", text))
