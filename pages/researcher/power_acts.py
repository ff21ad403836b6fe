"""What is done to have the power of a protocol simulated; each is one call into study, signed with the researcher's name."""

import os

from pages.researcher import who
from pages.runtime import runtime
from pages.shared import visit
from study import jobs
from study.errors import AtelierError
from study.power_folder import power_folder

MOST_RUNS = 5000
"""Made-up studies of each size that a page simulates at a time; the terminal takes any number."""


def start_power(study_id: str, protocol_hash: str, of_draft: bool, keys: dict[str, str]) -> None:
    """Simulate in a process of its own, which leaves a core to participants. `keys`: of the fields that say what."""
    by = who.may(study_id, "edit_protocol")
    typed = {name: visit.value_of(key) for name, key in keys.items()}
    runs = int(typed["runs"] or 0)
    if not 2 <= runs <= MOST_RUNS:
        raise AtelierError(f"Between 2 and {MOST_RUNS} made-up studies of each size can be simulated from here.")
    options = [f"--runs={runs}", f"--n={(typed['n'] or '').strip()}"]
    options += [f"--{name.replace('_', '-')}={(typed[name] or 0) / 100:g}" for name in ("drop_out", "missing")]
    options += [f"--effects={part}" for part in str(typed["effects"] or "").replace(";", " ").split()]
    options += ["--draft"] if of_draft else []
    folder = power_folder(runtime().settings.data_dir.resolve(), study_id, protocol_hash)
    workers = max(1, (os.cpu_count() or 1) - 1)
    jobs.start(runtime().settings, study_id, "power", by, [*options, f"--workers={workers}", f"--out={folder}"])


def stop_power(study_id: str) -> None:
    """End that process; finished runs are kept for the next time."""
    who.may(study_id, "edit_protocol")
    jobs.stop(runtime().settings.data_dir, study_id, "power")
