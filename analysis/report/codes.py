"""Qualitative codes: how often each was given, and how far the coders agree."""

from collections.abc import Iterator

from analysis.code_agreement import agreement
from analysis.printed import number
from analysis.report.document import Block, Table
from analysis.report.outcomes import Outcomes

NOTHING = "No message has been coded. Codes and memos are given on the page Sessions."
NOTE = (
    "Units are the messages and replies of sessions that two or more coders have gone through. κ: Cohen's kappa, where there are "
    "two coders; α: Krippendorff's alpha, nominal, of all coders; 95 % intervals by drawing units again, as if independent."
)


def codes(of: Outcomes) -> Iterator[Block]:
    """One table, described and not tested."""
    found = agreement(of.analysed)
    if found.empty:
        yield NOTHING
        return
    columns = {
        "code": lambda row: row["code_name"],
        "coders": lambda row: str(row["coders"]),
        "units": lambda row: str(row["units"]),
        "given": lambda row: str(row["used"]),
        "κ [95 % CI]": lambda row: _with_interval(row, "kappa"),
        "α [95 % CI]": lambda row: _with_interval(row, "alpha"),
    }
    yield Table("codes", "Agreement of coders on each code", found, columns, NOTE)
    yield from dict.fromkeys(found.loc[found["note"] != "", "note"])


def _with_interval(row: "dict[str, float]", name: str) -> str:
    if row[name] != row[name]:
        return "–"
    return f"{number(row[name])} [{number(row[f'{name}_low'])}, {number(row[f'{name}_high'])}]"
