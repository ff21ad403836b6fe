"""The model behind planned contrasts, in full: marginal means, terms, coefficients, where the variance lies."""

from collections.abc import Iterator

import pandas as pd

from analysis.asked import LEVEL, Asked
from analysis.generalised_tests import FAMILIES, family_fit, model_text
from analysis.inference.fitted import coefficient_table, levels_of, term_table, term_tests
from analysis.inference.linear import LinearModel
from analysis.inference.means import marginal_means, mean_table
from analysis.inference.mixed import MixedModel
from analysis.inference.ordinal import OrdinalFit, drop_term
from analysis.planned_tests import formula_text, linear_fit, ordinal_fit
from analysis.printed import bounds, chi2_text, decimals, df_text, f_text, number, p_cell
from analysis.report.document import Block, Cell, Table
from analysis.terms import term_text
from study.analysis_plan import Hypothesis

LINEAR, ORDINAL = ("mixed_model",), ("ordinal_model", "ordinal_mixed_model")


def model(of: Asked, asks: Hypothesis, title: str, name: str) -> Iterator[Block]:
    """Sentences and tables of the model that this hypothesis plans; nothing where it plans a test without one."""
    if asks.test in LINEAR:
        fit = linear_fit(of)
        yield linear_text(fit, term_text(formula_text(of), asks))
        yield _means(fit, title, name)
        if asks.interaction:
            yield _cells(fit, asks, title, name)
        yield _terms(fit, asks, title, name)
        yield _coefficients(fit, asks, title, name)
    elif asks.test in ORDINAL:
        ordinal = ordinal_fit(of)
        tested = f"{LEVEL}:{asks.interaction.factor}" if asks.interaction else LEVEL
        yield ordinal_text(ordinal, term_text(formula_text(of), asks), tested)
        yield _ordinal(ordinal, asks, title, name)
    elif asks.test in FAMILIES:
        made, which = family_fit(of, FAMILIES[asks.test])
        yield " ".join(filter(None, (model_text(made, term_text(formula_text(of), asks)), which)))
        yield _ratios(made.table(), asks, title, name)


def linear_text(fit: MixedModel | LinearModel, formula: str) -> str:
    """What was fitted to how many rows, and where the variance lies."""
    (condition,) = [test for test in term_tests(fit) if test.term == LEVEL]
    rows = f"{len(fit.design.y)} rows of {fit.design.participants} participants"
    head = f"Model `{formula}`, {fit.method}; {rows}."
    test = f"All levels together: {f_text(condition)}."
    if isinstance(fit, LinearModel):
        return f"{head} {test} Residual SD = {number(fit.residual**0.5, decimals([fit.residual**0.5]))}; R² = {number(fit.r2)}."
    digits = decimals([fit.residual**0.5])
    between = number(fit.random_variance**0.5, digits)
    return (
        f"{head} {test} SD between participants = {between}, residual SD = {number(fit.residual**0.5, digits)}; "
        f"ICC = {number(fit.icc)}; R² = {number(fit.r2_marginal)} by the fixed effects, "
        f"{number(fit.r2_conditional)} with participants (Nakagawa & Schielzeth, 2013)."
    )


def ordinal_text(fit: OrdinalFit, formula: str, term: str = LEVEL) -> str:
    """The same of a cumulative-link model; `term`: what is tested as a whole, the level or its interaction."""
    tested = drop_term(fit, term)
    rows = f"{len(fit.design.y)} rows of {fit.design.participants} participants, {len(fit.answers)} different answers"
    nodes = f", adaptive quadrature with {fit.quadrature} nodes" if fit.quadrature else ""
    between = f" SD between participants on the logit scale = {number(fit.random_sd)}." if fit.quadrature else ""
    whole = "All levels together" if term == LEVEL else "The interaction"
    return (
        f"Model `{formula}`, cumulative link (logit){nodes}; {rows}. {whole}, by "
        f"likelihood ratio: {chi2_text(tested.chi2, tested.df, tested.p)}.{between} AIC = {number(fit.aic, 1)}."
    )


def _means(fit: MixedModel | LinearModel, title: str, name: str) -> Table:
    frame = mean_table(marginal_means(fit, LEVEL))
    digits = decimals(frame["mean"])
    columns = {
        "level": lambda row: row["level"],
        "n": lambda row: str(row["n"]),
        "marginal mean": lambda row: number(row["mean"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
        "SE": lambda row: number(row["se"], digits),
        "df": lambda row: df_text(row["df"]),
    }
    return Table(f"{name}_means", f"{title}: means as the model sees them", frame, columns)


def _cells(fit: MixedModel | LinearModel, asks: Hypothesis, title: str, name: str) -> Table:
    """The marginal mean of every level of the first factor at every level of the second."""
    other = asks.interaction.factor if asks.interaction else ""
    levels = [str(level) for level in levels_of(fit.design)[other]]
    parts = [mean_table(marginal_means(fit, LEVEL, at={other: level})).assign(other=level) for level in levels]
    frame = pd.concat(parts, ignore_index=True)
    digits = decimals(frame["mean"])
    columns = {
        other: lambda row: row["other"],
        asks.factor or "level": lambda row: row["level"],
        "marginal mean": lambda row: number(row["mean"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
    }
    return Table(
        f"{name}_cells", f"{title}: the cells of the interaction as the model sees them", frame, columns, grouped=1
    )


def _terms(fit: MixedModel | LinearModel, asks: Hypothesis, title: str, name: str) -> Table:
    columns = {
        "term": lambda row: term_text(row["term"], asks),
        "F": lambda row: number(row["f"]),
        "df": lambda row: f"{row['df1']:g}, {df_text(row['df2'])}",
        "p": lambda row: p_cell(row["p"]),
    }
    return Table(f"{name}_terms", f"{title}: terms of the model, type III", term_table(term_tests(fit)), columns)


def _coefficients(fit: MixedModel | LinearModel, asks: Hypothesis, title: str, name: str) -> Table:
    frame = coefficient_table(fit)
    digits = decimals(frame["estimate"])
    columns = {
        "coefficient": lambda row: term_text(row["coefficient"], asks),
        "b": lambda row: number(row["estimate"], digits),
        "95 % CI": lambda row: bounds(row["low"], row["high"], digits),
        "SE": lambda row: number(row["se"], digits),
        "df": lambda row: df_text(row["df"]),
        "t": lambda row: number(row["t"]),
        "p": lambda row: p_cell(row["p"]),
    }
    return Table(f"{name}_coefficients", f"{title}: coefficients", frame, columns)


def _ordinal(fit: OrdinalFit, asks: Hypothesis, title: str, name: str) -> Table:
    frame = pd.concat([fit.table(), fit.thresholds()], ignore_index=True)
    note = "Effects first, then the thresholds between answers, which have no odds ratio."
    columns = _effects("log odds", "odds ratio", asks)
    return Table(f"{name}_coefficients", f"{title}: effects and thresholds", frame, columns, note)


def _ratios(frame: pd.DataFrame, asks: Hypothesis, title: str, name: str) -> Table:
    scale, ratio = ("log odds", "odds ratio") if "odds ratio" in frame else ("log rate", "rate ratio")
    return Table(f"{name}_coefficients", f"{title}: effects", frame, _effects(scale, ratio, asks))


def _effects(scale: str, ratio: str, asks: Hypothesis) -> dict[str, Cell]:
    return {
        "term": lambda row: term_text(row["term"], asks),
        scale: lambda row: number(row["estimate"]),
        "95 % CI": lambda row: bounds(row["low"], row["high"]),
        "SE": lambda row: number(row["se"]),
        "z": lambda row: number(row["z"]),
        "p": lambda row: p_cell(row["p"]),
        ratio: lambda row: number(row[ratio]),
    }
