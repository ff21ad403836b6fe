"""Texts as words that carry meaning: lower case, without the words that every text has, without endings."""

import re
from functools import lru_cache

COMMON = frozenset(
    """a about above actually after again against ain all also always am an and another any anybody anyone anything are
    aren around as at away back be because been before being below between both but by came can cannot come comes could
    couldn did didn do does doesn doing don done down during each either else ever every everybody everyone everything
    few for from further gave get gets getting give given gives go goes going gone good got had hadn has hasn have
    haven having he hello her here hers herself hey hi him himself his hmm how however i if im in into is isn it its
    itself ive just keep know last least less let like likely ll look lot lots made make makes making many may maybe
    me mean mine might more most much must my myself need needs neither never next nice no nobody none nor not nothing
    now of off often oh ok okay on once one only onto or other others ought our ours ourselves out over own per perhaps
    please quite rather re really right said same say says see seem seems shall she should shouldn since so some somebody
    someone something sometimes soon still such suggest sure take tell than thank thanks that the their theirs them
    themselves then there these they thing things think this those though through thus to together too toward try
    two under unless until up upon us use used using usually ve very via want wanted wants was wasn way we well went were
    weren what whatever when where whether which while who whom whose why will with within without won would wouldn yeah
    yes yet you your yours yourself""".split()  # noqa: SIM905 — a list that is read, not an array of quotes
)
"""English words that say nothing of a subject."""
ENDINGS = (
    ("ational", "ate"), ("ization", "ize"), ("fulness", "ful"), ("ousness", "ous"), ("iveness", "ive"), ("ations", "ate"),
    ("ation", "ate"), ("ements", ""), ("ement", ""), ("ments", ""), ("ment", ""), ("nesses", ""), ("ness", ""),
    ("ings", ""), ("ing", ""), ("edly", ""), ("ied", "y"), ("ies", "y"), ("ally", "al"), ("sses", "ss"), ("ches", "ch"),
    ("shes", "sh"), ("xes", "x"), ("ers", ""), ("er", ""), ("est", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip


def has_words(text: str) -> bool:
    """Whether a text can be found at all: it has a letter or a digit."""
    return re.search(r"[^\W_]", text) is not None


@lru_cache(maxsize=20_000)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text that carry meaning, in order, each without its ending."""
    words = re.findall(r"[^\W_]+", text.lower().replace("’", "'").replace("'s ", " "))
    return tuple(stem(word) for word in words if word not in COMMON and (len(word) > 1 or word.isdigit()))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its English ending, so that forms of it meet; other languages keep most of their endings."""
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word.removesuffix(ending) + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def sentences(text: str) -> list[str]:
    """A text cut after its full stops, question and exclamation marks and at its line ends."""
    return [part.strip() for part in re.split(r"(?<=[.!?…])\s+|\n+", text) if part.strip()]
