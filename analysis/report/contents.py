"""The order of a report: what comes first, and what each part is made by.

To add a part: a function from Outcomes to blocks in a module here, and a line in PARTS.
"""

from collections.abc import Callable, Iterator

from analysis.report import (
    beliefs,
    codes,
    cost,
    counts,
    described,
    deviations,
    evidence,
    exploratory,
    interactions,
    log,
    methods,
    order,
    participants,
    preference,
    sensitivity,
    tested,
    waiting,
)
from analysis.report.document import Block, Section
from analysis.report.outcomes import Outcomes, or_why

Part = tuple[str, str, Callable[[Outcomes], Iterator[Block]]]

DESIGN: Part = ("design", "Design", methods.designed)
PEOPLE: Part = ("participants", "Participants", participants.participants)
PARTS: tuple[Part, ...] = (
    ("manipulation", "Manipulation checks", tested.manipulation),
    ("reliability", "Reliability of the scales", described.scales),
    ("descriptives", "Measures by condition", described.descriptives),
    ("confirmatory", "Confirmatory results", tested.confirmatory),
    ("sensitivity", "Sensitivity of the confirmatory results", sensitivity.sensitivity),
    ("order", "Order, period and carry-over", order.order),
    ("evidence", "Equivalence and Bayes factors", evidence.evidence),
    ("exploratory", "Exploratory: every other measure", exploratory.measures),
    ("counts", "Exploratory: counts and yes–no outcomes", counts.counts),
    ("interactions", "Exploratory: interactions of the factors", interactions.interactions),
    ("moderators", "Exploratory: moderators", exploratory.moderators),
    ("answers", "Exploratory: answers to single items", exploratory.answers),
    ("preference", "Exploratory: preference", preference.preference),
    ("first-solution", "Exploratory: time to the first solution", waiting.first_solution),
    ("sequences", "Exploratory: what follows what", log.log),
    ("beliefs", "Exploratory: calibration of beliefs", beliefs.beliefs),
    ("codes", "Qualitative codes", codes.codes),
    ("cost", "Cost and latency", cost.cost),
    ("deviations", "Deviations from the protocol", deviations.deviations),
    ("methods", "Methods paragraph", methods.methods),
    ("software", "Software", methods.versions),
    ("references", "References of the instruments", methods.references),
)


def section(part: Part, of: Outcomes) -> Section:
    """One part made; where the data do not allow it, the sentence that says why."""
    name, title, make = part
    return Section(name, title, tuple(or_why(lambda: list(make(of)))))
