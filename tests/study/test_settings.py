"""Settings come from the environment; what cannot be used is said in one clear sentence."""

from pathlib import Path

import pytest

from study.errors import SettingsInvalid
from study.settings import ROOT, Settings, load_settings

OURS = ("ATELIER_DATA_DIR", "ATELIER_DATABASE_URL", "DATABASE_URL", "ATELIER_CHROMA_URL", "CHROMA_URL")
MORE = ("ATELIER_MODEL_RETRIES", "ATELIER_OFFLINE_DELAY", "ATELIER_LEASE_MINUTES", "ATELIER_HOST_URL")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting at all, in an empty folder."""
    for name in (*OURS, *MORE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused() -> str:
    with pytest.raises(SettingsInvalid) as error:
        load_settings()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_any_setting_everything_lives_in_one_folder() -> None:
    settings = Settings()
    assert settings.data_dir == ROOT / "data"
    assert settings.database == f"sqlite:///{ROOT / 'data' / 'atelier.db'}"


@pytest.mark.parametrize("name", ["DATABASE_URL", "ATELIER_DATABASE_URL"])
@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("postgresql://ada@host/lab", "postgresql+psycopg://ada@host/lab"),
        ("postgresql://ada:postgresql://@host/lab", "postgresql+psycopg://ada:postgresql://@host/lab"),
        ("postgresql+psycopg://ada@host/lab", "postgresql+psycopg://ada@host/lab"),
        ("sqlite:////srv/lab.db", "sqlite:////srv/lab.db"),
    ],
)
def test_a_postgresql_address_gets_the_driver_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str, database: str
) -> None:
    monkeypatch.setenv(name, url)
    assert Settings().database == database


def test_our_own_name_of_a_setting_counts_more_than_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///common.db")
    monkeypatch.setenv("ATELIER_DATABASE_URL", "sqlite:///ours.db")
    assert Settings().database == "sqlite:///ours.db"


def test_an_empty_setting_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert Settings().database.startswith("sqlite:///")


def test_a_file_beside_the_platform_is_read_and_the_environment_outranks_it(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / ".env").write_text("ATELIER_OFFLINE_DELAY=5\nATELIER_MODEL_RETRIES=4\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("ATELIER_OFFLINE_DELAY", "7")
    assert (Settings().offline_delay, Settings().model_retries) == (7, 4)


def test_the_data_folder_is_made_and_left_clean(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DATA_DIR", str(bare / "a" / "b"))
    assert load_settings().data_dir == bare / "a" / "b"
    assert list((bare / "a" / "b").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ATELIER_OFFLINE_DELAY", "soon", "offline_delay: Input should be a valid number"),
        ("ATELIER_MODEL_RETRIES", "11", "less than or equal to 10"),
        ("ATELIER_MODEL_RETRIES", "1.5", "valid integer"),
        ("ATELIER_OFFLINE_DELAY", "-1", "greater than or equal to 0"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    said = refused()
    assert reason in said
    assert said.endswith("Correct it in the environment or in .env.")


def test_a_settings_file_that_is_not_text_is_named(bare: Path) -> None:
    (bare / ".env").write_bytes("ATELIER_HOST_URL=Größe".encode("latin-1"))
    assert ".env cannot be read" in refused()


def test_a_data_folder_that_cannot_be_made_is_named_with_the_way_out(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare / "file").write_text("")
    for place in (bare / "file", bare / "file" / "data"):
        monkeypatch.setenv("ATELIER_DATA_DIR", str(place))
        said = refused()
        assert f"The data folder {place} cannot be written" in said
        assert "ATELIER_DATA_DIR" in said


def test_a_data_folder_that_cannot_be_written_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in the place of the file that is tried: no account can write that, not even root."""
    (bare / "data" / ".writable").mkdir(parents=True)
    monkeypatch.setenv("ATELIER_DATA_DIR", str(bare / "data"))
    assert "cannot be written (Is a directory)" in refused()
