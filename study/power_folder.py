"""Where the power of a study's protocols lies: a folder for each text it was simulated for, by its content hash."""

from pathlib import Path

HASH = 12
"""Characters of the content hash that a folder is called by."""
TABLE, PAGE, SETTINGS, CURVES = "power.csv", "power.html", "power.json", "curves.json"
"""The table; the same to be read; what was assumed; the figures as a page draws them. The settings are written last."""


def power_folders(data_dir: Path, study_id: str) -> Path:
    """Where those of a study lie, if there are any. Nothing of participants is in them."""
    return data_dir / "power" / study_id


def power_folder(data_dir: Path, study_id: str, protocol_hash: str) -> Path:
    """The folder of one text; it may not be there yet."""
    return power_folders(data_dir, study_id) / protocol_hash[:HASH]


def is_made(folder: Path) -> bool:
    """Whether a simulation came to its end here."""
    return (folder / SETTINGS).is_file() and (folder / TABLE).is_file()
