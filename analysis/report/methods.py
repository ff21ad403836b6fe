"""A paragraph for the methods section of a paper, the software, and where the instruments come from."""

from collections.abc import Iterator, Sequence

from analysis.asked import hypotheses
from analysis.figures.style import listed
from analysis.findings import Finding
from analysis.measures import measure_names
from analysis.preregistration.design import design
from analysis.preregistration.writing import software
from analysis.report import log, preference
from analysis.report.document import Block, Bullets
from analysis.report.outcomes import Outcomes
from analysis.report.tested import intervals
from analysis.wording import estimate_of, title
from study.instruments import Instrument


def designed(of: Outcomes) -> Iterator[Block]:
    """The design as the protocol has it, with the number of participants who are analysed."""
    yield from (block for block in design(of.protocol, of.sample.participants) if isinstance(block, str))


def methods(of: Outcomes) -> Iterator[Block]:
    """How everything in this report was computed, said from what was in fact run."""
    plan = of.protocol.analysis
    told = [one for one in of.confirmed if one.estimate]
    asked = hypotheses(of.protocol, measure_names(of.protocol, plan.primary))
    names = list(dict.fromkeys(one.family for one in asked))
    families = f"the {'families' if len(names) > 1 else 'family'} {listed([f'“{name}”' for name in names])}"
    tests = "; ".join(dict.fromkeys(estimate_of(one).method for one in told))
    yield (
        f"We analysed {of.sample.participants} {'simulated ' if of.sample.simulated else ''}participants{_per_measure(of)}. "
        "Scale scores were computed by the rules of each instrument's file, reversed items turned."
    )
    if told:
        yield (
            f"The {len(asked)} planned contrasts were tested by: {tests}. Models hold the period and the task constant where "
            f"they vary. p was corrected by Holm within {families}. " + twins(told)
        )
    missing = {
        "model": "Participants with missing conditions stay in the models (under missing at random)",
        "complete": "Only participants with every condition are analysed",
    }[plan.missing]
    count = len(plan.exclusions)
    rules = f"; the plan fixed {count} rule{'s' if count > 1 else ''} of exclusion in advance" if count else ""
    yield f"{missing}{rules}."
    yield exploratory_families(of)
    yield f"{intervals(of.confirmed)} Another level stands beside its interval. Standardised effects name what they are divided by."
    yield (
        f"What is drawn at random here is seeded: {preference.DRAWS} bootstrap draws of participants (seed {preference.SEED}), "
        f"{log.PERMUTATIONS} permutations within participants (seed {log.SEED})."
    )


def _per_measure(of: Outcomes) -> str:
    """How many have a value of each planned measure under a condition, where the plan has several."""
    names = [name for name in of.sample.planned if name in of.known]
    counts = "; ".join(f"{title(of.known[name])}: {len(of.sample.analysed(name))}" for name in names)
    return f" ({counts})" if len(names) > 1 else ""


def twins(told: Sequence[Finding]) -> str:
    """By what else the planned contrasts were tested: where the twin assumes less, and where it is merely another test."""
    names = {"a test that assumes less": True, "another test": False}
    parts = []
    for name, less in names.items():
        methods = dict.fromkeys(one.twin.method for one in told if one.twin and one.twin_assumes_less == less)
        parts += [f"{name} ({'; '.join(methods)})"] if methods else []
    return f"Beside them stand the same contrasts by {' or by '.join(parts)}." if parts else ""


def exploratory_families(of: Outcomes) -> str:
    """What nobody planned, in which families it was corrected, and what was not."""
    rest = "Every other exploratory p is not corrected and says so where it stands."
    count = sum(one.estimate is not None for one in of.explored)
    families = [f"the contrasts on measures without a hypothesis ({count})"] if count else []
    families.append("the ratios of counts and yes–no outcomes, which look at some of the same measures again")
    if of.protocol.analysis.moderators:
        families.append("the interactions with moderators")
    return (
        "What no hypothesis is about is exploratory and corrected by Benjamini–Hochberg in families, each for itself: "
        f"{'; '.join(families)}. {rest}"
    )


def versions(of: Outcomes) -> Iterator[Block]:
    """What computed the numbers."""
    yield "; ".join(f"{name} {version}" for name, version in software().items()) + "."
    yield (
        "Mixed models, cumulative-link models, exact rank tests, Bayes factors and reliability are Atelier's own, checked "
        "against R (docs/statistics.md names the call for each)."
    )


def references(of: Outcomes) -> Iterator[Block]:
    """The source of every instrument that the study asks."""
    if not of.protocol.instruments:
        yield "The study asks no questionnaire."
        return
    yield Bullets(tuple(map(_reference, of.protocol.instruments)))


def _reference(instrument: Instrument) -> str:
    source = instrument.source
    doi = f" https://doi.org/{source.doi}" if source.doi else ""
    return f"{instrument.title}: {source.citation.rstrip('.')}.{doi}"
