"""Looks at outcomes before the end of a study, as the acts of its researchers tell them. Pure.

Whoever looks can be led by it, knowingly or not, in when to stop and whom to leave out; so every report names each look.
"""

from collections.abc import Sequence

from study.act_log import LoggedAct
from study.clock import Clock

KINDS = ("results_unsealed", "results_sealed", "report_made", "exported", "status_changed", "participant_rejected")
"""The acts that a look can be told from."""


def is_unsealed(acts: Sequence[LoggedAct]) -> bool:
    """Whether results were unsealed last, and not sealed again."""
    kinds = [one.kind for one in acts if one.kind in ("results_unsealed", "results_sealed")]
    return bool(kinds) and kinds[-1] == "results_unsealed"


def reopenings(acts: Sequence[LoggedAct]) -> tuple[LoggedAct, ...]:
    """Each time that a study was opened again after it had been closed with people complete."""
    return tuple(one for one in acts if one.kind == "status_changed" and one.act.complete)


def looks(acts: Sequence[LoggedAct], collecting: bool, wanted: int | None) -> tuple[LoggedAct, ...]:
    """The acts by which outcomes were, or could be, looked at before the end, in order.

    They are: unsealing; an export of people's data while results were sealed; and a report or an export from when
    they were open for another reason, once collecting went on. It did if the study was reopened, if somebody was
    rejected (their place is free again), if it is `collecting` now, or wants more people than there were. What was made
    while results were unsealed is named by the unsealing.
    """
    found: list[LoggedAct] = []
    open_then: list[LoggedAct] = []
    status = "draft"
    for number, one in enumerate(acts):
        if one.kind == "results_unsealed" or (_has_outcomes(one) and one.act.sealed):
            found.append(one)
        elif _has_outcomes(one):
            if status == "closed" or not is_unsealed(acts[:number]):
                open_then.append(one)
        elif one.kind == "status_changed":
            gone_on, status = status == "closed", one.act.new
            found, open_then = (found + open_then, []) if gone_on else (found, open_then)
        elif one.kind == "participant_rejected" and status != "closed":
            found, open_then = found + open_then, []
    if status != "closed":
        found += [one for one in open_then if collecting or (wanted is not None and one.act.complete < wanted)]
    return tuple(sorted(found, key=lambda one: one.seq))


def _has_outcomes(one: LoggedAct) -> bool:
    """Whether it made a file from which outcomes of people can be told."""
    if one.kind == "report_made":
        return bool(one.act.complete and not (one.act.sealed or one.act.simulated))
    return one.kind == "exported" and bool(one.act.complete)


def said(one: LoggedAct, clock: Clock) -> str:
    """A look, or a reopening, in a sentence for the first page of a report."""
    act, when = one.act, f"on {clock(one.at)} by {one.by}, with {one.act.complete} complete"
    if one.kind == "results_unsealed":
        return f"Results were unsealed {when}: “{act.reason}”."
    if one.kind == "status_changed":
        return f"The study had been closed, and was opened again {when}: “{act.reason}”."
    if one.kind == "report_made":
        return f"A report with outcomes was made {when}, and collecting went on."
    if act.sealed:
        return (
            f"Data were exported {when}, while the study was collecting ({act.what}); outcomes can be told from them."
        )
    return f"Data were exported {when}, and collecting went on ({act.what}); outcomes can be told from them."
