"""Standard errors that are read off the differences between participants: how many of these they need."""

from analysis.inference.estimate import NotEstimable


def refuse_few(formula: str, participants: int, coefficients: int) -> None:
    """Raises NotEstimable where participants are not more than coefficients: some combination would have no error at all."""
    if participants <= coefficients:
        raise NotEstimable(
            f"'{formula}' has {coefficients} coefficients and {participants} participants; robust standard errors need more "
            "participants than coefficients. Use a mixed model."
        )
