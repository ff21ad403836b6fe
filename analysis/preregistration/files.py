"""The preregistration as files."""

import datetime
from pathlib import Path

from analysis.power.files import read_power
from analysis.preregistration.document import html, markdown
from analysis.preregistration.writing import Circumstances, Power, preregistration, software
from study.collected import Collected
from study.errors import AtelierError
from study.protocol import Protocol


def write_preregistration(
    protocol: Protocol, so_far: Collected, target: Path, n: int | None = None, power_table: Path | None = None
) -> list[Path]:
    """Write Markdown to `target` and the same as HTML beside it. Raises AtelierError where that cannot be done."""
    power = Power(*read_power(power_table, protocol)) if power_table else None
    today = datetime.datetime.now(datetime.UTC).date()
    blocks = preregistration(protocol, Circumstances(today, so_far, n, power, software()))
    page = target.with_suffix(".html")
    if page == target:
        raise AtelierError(f"{target} is to be Markdown; name a file that ends in .md.")
    try:
        target.write_text(markdown(blocks), encoding="utf-8")
        page.write_text(html(blocks), encoding="utf-8")
    except OSError as error:
        raise AtelierError(f"{target} cannot be written ({error.strerror}). Name another file with --out.") from error
    return [target, page]
