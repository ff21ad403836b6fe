"""The plan, run on many made-up studies of its own design: how often each hypothesis finds what was planted for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from analysis.findings import Finding, corrected, decide
from analysis.power.draw import Drawing
from analysis.power.grid import Effects
from analysis.power.runs import Simulation, Store, Try
from analysis.power.table import power_table
from study.advance import Advance
from study.protocol import Protocol


def unwatched(done: int, total: int, text: str) -> None:
    """For whoever does not want to know how far it is."""


def power(
    protocol: Protocol,
    asked: Simulation,
    kept: Path | None = None,
    advance: Advance = unwatched,
    workers: int = -1,
) -> pd.DataFrame:
    """The table of power (see `table.power_table`), from runs in `workers` processes (-1: one per core).

    Every run has its own stream, PCG64(SeedSequence(seed, spawn_key=(n, run))), so the table is the same with any number of
    processes. With `kept`, finished runs are written to that folder, and those of the same settings are used again.
    """
    store = Store.of(kept, protocol, asked) if kept else Store()
    done = store.read()
    found = [one for job in asked.jobs if job in done for one in done[job]]
    lacking = [job for job in asked.jobs if job not in done]
    for number, tries in enumerate(simulated(protocol, asked, lacking, workers), len(asked.jobs) - len(lacking) + 1):
        store.add(tries)
        found += tries
        advance(number, len(asked.jobs), "made-up studies are analysed")
    in_order = sorted(found, key=lambda one: (one.n, one.run))
    return power_table(protocol, pd.DataFrame([asdict(one) for one in in_order]), asked.ns)


def simulated(
    protocol: Protocol, asked: Simulation, jobs: Sequence[tuple[int, int]], workers: int = -1
) -> Iterator[list[Try]]:
    """What came of each made-up study, as they finish."""
    plain = protocol.model_copy(update={"translations": {}})
    drawings = {n: Drawing.of(plain, n, asked.assumed) for n in sorted({n for n, _ in jobs})}
    tasks = (delayed(one_study)(drawings[n], asked.effects, asked.seed, run) for n, run in jobs)
    yield from Parallel(n_jobs=workers, return_as="generator_unordered")(tasks)


def one_study(drawing: Drawing, effects: Effects, seed: int, run: int) -> list[Try]:
    """Every hypothesis, without an effect and with each of its own, all with the same people and the same chances.

    An effect is planted for one hypothesis at a time; the others of its family are then as false as they can be, which is
    the hardest case for the correction.
    """

    def found(planted: Mapping[str, float], among: Sequence[str]) -> dict[str, Finding]:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(drawing.n, run))))
        chosen = tuple(one for one in drawing.hypotheses if one.id in among)
        plan = drawing.protocol.analysis.model_copy(update={"hypotheses": chosen})
        asked = drawing.protocol.model_copy(update={"analysis": plan})
        return {one.hypothesis.id: one for one in decide(drawing.sample(planted, rng), asked)}

    nothing = found({}, [one.id for one in drawing.hypotheses])
    tries = [_try(drawing.n, run, one, 0.0) for one in nothing.values()]
    for hypothesis in drawing.hypotheses:
        touched = [one.id for one in drawing.hypotheses if one.measure == hypothesis.measure]
        for effect in effects[hypothesis.id]:
            if effect:
                changed = nothing | found({hypothesis.id: effect}, touched)
                again = {one.hypothesis.id: one for one in corrected(list(changed.values()))}
                tries.append(_try(drawing.n, run, again[hypothesis.id], effect))
    return tries


def _try(n: int, run: int, one: Finding, effect: float) -> Try:
    estimate = one.estimate
    if estimate is None:
        return Try(n, run, one.hypothesis.id, effect, nan, nan, nan, nan, nan, one.refusal)
    numbers = (estimate.difference, estimate.low, estimate.high) if estimate.scale == "raw" else (nan, nan, nan)
    return Try(n, run, one.hypothesis.id, effect, one.p, one.p_adjusted, *numbers)
