"""What every measurement prints: means with intervals, tables, and where they are written."""

import platform
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RESAMPLES = 2_000


def mean(values: Sequence[float]) -> float:
    """The mean; nan of nothing."""
    return float(np.mean(values)) if values else float("nan")


def interval(values: Sequence[float], seed: int = 1) -> tuple[float, float]:
    """95 % interval of the mean over participants: percentile bootstrap, 2,000 resamples."""
    sample = np.asarray(values, dtype=float)
    random = np.random.default_rng(seed)
    means = sample[random.integers(0, len(sample), (RESAMPLES, len(sample)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def with_interval(values: Sequence[float]) -> str:
    """`0.52 [0.48, 0.57]`."""
    low, high = interval(values)
    return f"{mean(values):.2f} [{low:.2f}, {high:.2f}]"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def machine() -> str:
    """Where figures were taken, in so far as it matters for times."""
    import os

    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def publish(name: str, text: str, write: bool) -> None:
    """Print a report, and keep it under docs/benchmarks if asked to."""
    print(text)
    if write:
        file = ROOT / "docs" / "benchmarks" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
        print(f"Written: {file.relative_to(ROOT)}")
