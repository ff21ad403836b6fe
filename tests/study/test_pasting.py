"""Instruments whose wording may not be shipped: refused until it is pasted in, usable from then on."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from small_study import SHIPPED, SMALL, write
from typer.testing import CliRunner

import manage
from memory.mechanisms.registry import parameter_models
from study.errors import ProtocolInvalid
from study.protocol import Protocol
from study.protocol_file import load_protocol

SHELF = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (SHIPPED / "instruments").glob("*.yaml")
}
TO_PASTE = sorted(name for name, raw in SHELF.items() if raw.get("wording") == "paste")
WORDED = sorted(set(SHELF) - set(TO_PASTE))


def asking(folder: Path, name: str, raw: Any) -> Path:
    """The small protocol, asking this instrument."""
    write(folder / "instruments" / f"{name}.yaml", raw)
    steps = [{**step, "instruments": [name]} if "instruments" in step else step for step in SMALL["timeline"]]  # type: ignore[attr-defined]
    write(folder / "small.yaml", {**SMALL, "timeline": steps})
    return folder / "small.yaml"


def load(path: Path) -> Protocol:
    return load_protocol(path, parameter_models())


def pasted(raw: dict[str, Any]) -> dict[str, Any]:
    """The same with something to read in every place that is empty."""
    items = []
    for item in raw["items"]:
        texts = {key: f"{key} of {item['id']}" for key in ("text", "low", "high") if item.get(key) == ""}
        options = [{**option, "label": option["value"].title()} for option in item.get("options", [])]
        items.append({**item, **texts, **({"options": options} if options else {})})
    return {**raw, "items": items}


def test_the_shelf_has_both_kinds() -> None:
    assert {"nasa_tlx", "nasa_tlx_weighted", "sus", "ueq_s", "umux_lite", "tias", "s_tias", "tipi"} <= set(WORDED)
    assert set(TO_PASTE) == {
        *("ati", "bfi_10", "csi", "godspeed", "iuipc_8", "mails", "panas", "psychological_ownership", "resque", "ueq")
    }


@pytest.mark.parametrize("name", WORDED)
def test_an_instrument_with_its_wording_can_be_asked_as_it_is(folder: Path, name: str) -> None:
    instrument = load(asking(folder, name, SHELF[name])).instrument(name)
    assert all(item.is_worded() for item in instrument.items)


@pytest.mark.parametrize("name", TO_PASTE)
def test_one_without_is_refused_by_the_name_of_its_file_until_the_wording_is_pasted(folder: Path, name: str) -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        load(asking(folder, name, SHELF[name]))
    (problem,) = refused.value.problems
    lacking, licence = len(SHELF[name]["items"]), SHELF[name]["source"]["licence"]
    assert str(problem) == (
        f"instruments/{name}.yaml: items[0] (line {problem.line}): the wording of '{name}' is not shipped ({licence}); {lacking} items lack it. "
        f"Paste the published texts and scale ends into instruments/{name}.yaml."
    )
    instrument = load(asking(folder, name, pasted(SHELF[name]))).instrument(name)
    assert not instrument.unworded()


def test_half_pasted_is_not_enough_and_the_first_empty_place_is_named(folder: Path) -> None:
    raw = pasted(SHELF["ati"])
    raw["items"][4]["text"] = raw["items"][7]["high"] = ""
    with pytest.raises(ProtocolInvalid, match=r"items\[4\] .*: .* 2 items lack it"):
        load(asking(folder, "ati", raw))


def test_the_check_command_says_so_in_one_sentence_and_passes_once_it_is_pasted(folder: Path) -> None:
    run = CliRunner().invoke
    refused = run(manage.app, ["check", str(asking(folder, "csi", SHELF["csi"]))])
    assert refused.exit_code == 1
    assert "Paste the published texts and scale ends into instruments/csi.yaml." in refused.output
    accepted = run(manage.app, ["check", str(asking(folder, "csi", pasted(SHELF["csi"])))])
    assert accepted.exit_code == 0
    assert "is in order" in accepted.output
