"""Chance that is the same for the same seed."""

import numpy as np


def generator(seed: int, number: int) -> np.random.Generator:
    """Chance of its own for every person."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,))))


def drawn(random: np.random.Generator, values: list[str]) -> str:
    """One of these."""
    return str(random.choice(values))
