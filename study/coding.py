"""Qualitative codes: what coders noted about messages, as marks that are only ever added; what stands is a fold. Pure.

Each coder's codes and memos are their own: two who code the same message never meet unless they want to.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from study.events import UNSAID, Frozen

SIGNS = "●▲■◆★✚▼◗♠♣"
"""A sign for each code, so that no code is known by its colour alone."""
MAX_NAME, MAX_TEXT = 60, 5_000


class CodeDefined(Frozen):
    """A code has this name and description from now on; the first time it is new in the codebook."""

    kind: Literal["code_defined"] = "code_defined"
    code: str
    name: str = Field(min_length=1, max_length=MAX_NAME)
    description: str = Field(default="", max_length=MAX_TEXT)


class CodeRetired(Frozen):
    """A code is not offered any more; what was coded with it stays."""

    kind: Literal["code_retired"] = "code_retired"
    code: str


class CodeApplied(Frozen):
    """A coder says that a code holds of an event."""

    kind: Literal["code_applied"] = "code_applied"
    code: str


class CodeRemoved(Frozen):
    """The coder takes it back."""

    kind: Literal["code_removed"] = "code_removed"
    code: str


class MemoWritten(Frozen):
    """A coder's memo on an event; the newest counts, an empty one takes it back."""

    kind: Literal["memo_written"] = "memo_written"
    text: str = Field(max_length=MAX_TEXT)


class SessionCoded(Frozen):
    """A coder has gone through a whole session, or (not done) wants to go on: a message without a code then says something."""

    kind: Literal["session_coded"] = "session_coded"
    done: bool


AnyMark = CodeDefined | CodeRetired | CodeApplied | CodeRemoved | MemoWritten | SessionCoded
MARK: TypeAdapter[Any] = TypeAdapter(Annotated[AnyMark, Field(discriminator="kind")], config=UNSAID)
MARK_CLASSES: dict[str, type[Frozen]] = {cls.model_fields["kind"].default: cls for cls in get_args(AnyMark)}
"""Every kind by name."""


@dataclass(frozen=True)
class Mark:
    """A mark as it stands in the record: whose it is, when, and on which event of which session, if on any."""

    seq: int
    at: datetime
    by: str
    mark: Any
    session_id: str | None = None
    event_id: str | None = None

    @property
    def kind(self) -> str:
        """The kind of the payload."""
        return str(self.mark.kind)


@dataclass(frozen=True)
class Code:
    """One entry of a codebook; `number` counts from 0 in the order in which codes were first defined."""

    id: str
    name: str
    description: str
    number: int
    retired: bool = False

    @property
    def sign(self) -> str:
        """Its sign; past the tenth code with a number."""
        again, place = divmod(self.number, len(SIGNS))
        return SIGNS[place] + (str(again + 1) if again else "")


@dataclass(frozen=True)
class Coded:
    """What one coder says of one event now."""

    session_id: str
    event_id: str
    coder: str
    codes: tuple[str, ...] = ()
    memo: str = ""


def codebook(marks: Iterable[Mark]) -> dict[str, Code]:
    """Every code by its id, retired ones too, in the order in which they were first defined."""
    found: dict[str, Code] = {}
    for one in marks:
        said = one.mark
        if one.kind == "code_defined":
            number = found[said.code].number if said.code in found else len(found)
            found[said.code] = Code(said.code, said.name, said.description, number)
        elif one.kind == "code_retired" and said.code in found:
            found[said.code] = replace(found[said.code], retired=True)
    return found


def coded(marks: Iterable[Mark]) -> list[Coded]:
    """What stands, by event and coder, in the order of the first mark; who took all of it back says nothing."""
    found: dict[tuple[str, str], Coded] = {}
    for one in marks:
        if one.kind not in ("code_applied", "code_removed", "memo_written"):
            continue
        key = (one.event_id or "", one.by)
        now = found.get(key) or Coded(one.session_id or "", *key)
        if one.kind == "memo_written":
            now = replace(now, memo=one.mark.text)
        else:
            without = tuple(code for code in now.codes if code != one.mark.code)
            now = replace(now, codes=(*without, one.mark.code) if one.kind == "code_applied" else without)
        found[key] = now
    return [one for one in found.values() if one.codes or one.memo]


def gone_through(marks: Iterable[Mark]) -> set[tuple[str, str]]:
    """(session, coder) of every session that a coder says to have coded as a whole."""
    last = {(one.session_id or "", one.by): one.mark.done for one in marks if one.kind == "session_coded"}
    return {key for key, done in last.items() if done}
