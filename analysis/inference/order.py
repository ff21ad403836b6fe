"""In which order a participant met the conditions: what came before each block, and the whole sequence."""

import pandas as pd

from analysis.inference.estimate import NotEstimable

ARROW = " → "


def with_order(
    frame: pd.DataFrame, participant: str = "participant", condition: str = "condition", block: str = "block"
) -> pd.DataFrame:
    """The frame with two more columns: `sequence` ("active → passive → baseline"), and `previous` (missing in block 1).

    Blocks count from 1. Who stopped early, or has no row for some block, gets the sequence that all their blocks fit,
    where the study has exactly one such; else "?" stands for each block that is not known. A column `sequence` that is
    there already (as assigned) is kept. Rows without a block or a condition have nothing before them. Raises
    NotEstimable where a block has two conditions.
    """
    met = frame.dropna(subset=[participant, condition, block])[[participant, condition, block]].drop_duplicates()
    twice = met[met.duplicated([participant, block], keep=False)]
    if len(twice):
        row = twice.iloc[0]
        raise NotEstimable(f"Participant {row[participant]} has more than one condition in block {row[block]}.")
    known = {
        person: dict(zip(own[block].astype(int), own[condition].astype(str), strict=True))
        for person, own in met.groupby(participant, sort=False)
    }
    sequences = _completed(known)
    rows = frame.copy()
    if "sequence" not in rows:
        rows["sequence"] = [ARROW.join(sequences[p]) if p in sequences else None for p in rows[participant]]
    before = zip(rows[participant], rows[block], rows[condition].notna(), strict=True)
    rows["previous"] = [_before(sequences, p, b) if here and pd.notna(b) else None for p, b, here in before]
    return rows.astype({"sequence": "object", "previous": "object"})


def _completed(known: dict[object, dict[int, str]]) -> dict[object, tuple[str, ...]]:
    last = max((max(met) for met in known.values()), default=0)
    whole = {tuple(met[b] for b in range(1, last + 1)) for met in known.values() if len(met) == last}
    found = {}
    for person, met in known.items():
        fitting = [sequence for sequence in whole if all(sequence[b - 1] == name for b, name in met.items())]
        found[person] = fitting[0] if len(fitting) == 1 else tuple(met.get(b, "?") for b in range(1, last + 1))
    return found


def _before(sequences: dict[object, tuple[str, ...]], person: object, block: float) -> str | None:
    if person not in sequences or block < 2:
        return None
    name = sequences[person][int(block) - 2]
    return None if name == "?" else name
