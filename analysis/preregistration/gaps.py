"""What a preregistration needs and a protocol does not say."""

from collections.abc import Sequence

from analysis.findings import Finding
from study.protocol import BUILT_IN, Protocol

MARK = "**To be filled in.**"


def found(protocol: Protocol, planned: Sequence[Finding], with_power: bool) -> list[str]:
    """Each gap in a sentence that says what is to be written, in the order of the document."""
    lacking = []
    if not protocol.authors:
        lacking.append("Authors (`authors` in the protocol).")
    lacking.append("The research question, in a sentence or two.")
    if not protocol.analysis.hypotheses:
        lacking.append(
            "Hypotheses with a direction and a smallest effect of interest (`analysis.hypotheses`); the protocol has none."
        )
    lacking += [f"{one.hypothesis.id} cannot be tested as planned: {one.refusal}" for one in planned if one.refusal]
    if protocol.model == BUILT_IN:
        lacking.append("The language model (`model`); the built-in one is for trying out.")
    if unworded := [i.title for i in protocol.instruments if i.unworded()]:
        lacking.append(f"The published wording of {', '.join(unworded)}, to be pasted into their files.")
    lacking.append("Who may take part and how people are recruited and paid" + _payment(protocol))
    if not with_power:
        lacking.append(
            "The reason for the number of participants: simulate the power of this very text (Configure, *Power*; in a terminal "
            "`manage.py power`, then `--power-table`)."
        )
    unnamed = [h.id for h in protocol.analysis.hypotheses if h.smallest_effect is None]
    if unnamed:
        lacking.append(
            f"Why the effects that can be found matter: no smallest effect of interest is named for {', '.join(unnamed)}."
        )
    if not protocol.analysis.exclusions:
        lacking.append("Rules of exclusion (`analysis.exclusions`), or that there are none.")
    if protocol.stopping is None:
        lacking.append("The stopping rule (`stopping`).")
    lacking.append("Approval of the ethics committee, with its number.")
    return lacking


def _payment(protocol: Protocol) -> str:
    written = protocol.payment.strip()
    return (
        "." if not written or written.startswith("To be filled in") else f" (the protocol says of payment: {written})."
    )
