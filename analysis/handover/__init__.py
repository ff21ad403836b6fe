"""A study for other programs: two tables for R, JASP and jamovi, and the plan as a script that R runs beside them."""

from analysis.csv_text import safe_csv
from analysis.handover.labels import LONG, WIDE, column_labels
from analysis.handover.r_script import r_script
from analysis.handover.results import results
from analysis.handover.tables import Handover, handover
from analysis.planned_tests import ONE_FOR_ALL

__all__ = ["Handover", "handover", "handover_files"]


def handover_files(of: Handover, sealed: bool) -> dict[str, bytes]:
    """File → content. Of a study whose results are sealed, nothing is computed by condition: Atelier's results are left out."""
    tables = {LONG: of.long, WIDE: of.wide, "analysis_columns.csv": column_labels(of)}
    refused: dict[str, str] = {}
    plain: set[str] = set()
    if not sealed:
        found = tables["atelier_results.csv"] = results(of)
        untested = found[found["statistic"].isna() & (found["family"] != "")]
        refused = dict(zip(untested["hypothesis"], untested["note"], strict=True))
        plain = set(found.loc[found["note"].str.contains(ONE_FOR_ALL, regex=False), "hypothesis"])
    return {
        **{name: safe_csv(table) for name, table in tables.items()},
        "analysis.R": r_script(of, refused, plain).encode(),
    }
