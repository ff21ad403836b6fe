"""A study's own files lie over the installation's; no path leads to anything else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_study import SHIPPED

from study.shelf import KINDS, Shelf, is_path, kind_of, language_of

PARTS = st.sampled_from(["tasks", "instruments", "translations", "..", ".", "", "/", "trip", ".yaml", "x.de", "\\", "~",
                         "C:", "\0", "é", "TASKS", "secret", ".env", "%2e%2e", "\n", "a.pt-BR"])  # fmt: skip


def test_what_is_of_the_study_alone_goes_first(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "trip.yaml").write_text("id: theirs")
    (tmp_path / "tasks" / "walk.yaml").write_text("id: walk")
    shelf = Shelf(tmp_path, {"tasks/trip.yaml": "id: own", "instruments/mine.yaml": "id: mine"})
    assert shelf.stems("tasks") == ["trip", "walk"] and shelf.stems("instruments") == ["mine"]
    assert [shelf.source(f"tasks/{name}.yaml") for name in ("trip", "walk", "none")] == [
        "own",
        "installation",
        "nowhere",
    ]
    assert (shelf.text("tasks/trip.yaml"), shelf.text("tasks/walk.yaml")) == ("id: own", "id: walk")
    assert shelf.text("tasks/none.yaml") is None
    found = shelf.document("tasks/trip.yaml", [])
    assert found and found.content == {"id": "own"}


@given(parts=st.lists(PARTS, min_size=1, max_size=6), joined=st.sampled_from(["/", ""]))
def test_a_path_never_leads_out_of_its_folder(parts: list[str], joined: str) -> None:
    path = joined.join(parts)
    if not is_path(path):
        assert Shelf(SHIPPED).source(path) == "nowhere" and Shelf(SHIPPED).text(path) is None
        return
    file = (SHIPPED / path).resolve()
    assert file.parent == (SHIPPED / kind_of(path)).resolve() and file.suffix == ".yaml"


@given(path=st.text(max_size=80))
def test_any_text_is_a_path_of_one_of_three_folders_or_none(path: str) -> None:
    assert not is_path(path) or (path.count("/") == 1 and path.split("/")[0] in KINDS and ".." not in path)


@pytest.mark.parametrize(
    "path",
    ["../secret.yaml", "tasks/../../x.yaml", "/etc/passwd", "tasks/x", "tasks/X.yaml", "tasks/x.yaml\n", "tasks/x/y.yaml",
     "translations/a.yaml", "translations/a.de.es.yaml", "tasks/.yaml", f"tasks/{'x' * 61}.yaml", "active_vs_passive.yaml"],
)  # fmt: skip
def test_what_is_no_name_of_a_file(path: str) -> None:
    assert not is_path(path)


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("key: value")
    (tmp_path / "p" / "tasks").mkdir(parents=True)
    (tmp_path / "p" / "tasks" / "x.yaml").symlink_to(tmp_path / "secret.yaml")
    assert Shelf(tmp_path / "p").text("tasks/x.yaml") is None and Shelf(tmp_path / "p").leads_out("tasks/x.yaml")


def test_a_translation_says_its_language() -> None:
    assert language_of("translations/my_study.pt-BR.yaml") == "pt-BR"
