"""Settings from the environment (or a `.env` file); names begin with ATELIER_ unless they are common ones."""

from pathlib import Path

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from study.errors import SettingsInvalid

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


class Settings(BaseSettings):
    """Where data live and how models are reached. All have a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", env_file=".env", extra="ignore")

    data_dir: Path = ROOT / "data"
    database_url: str = Field(default="", validation_alias=AliasChoices("ATELIER_DATABASE_URL", "DATABASE_URL"))
    chroma_url: str = Field(default="", validation_alias=AliasChoices("ATELIER_CHROMA_URL", "CHROMA_URL"))
    embedding: str = "built-in"
    """`built-in`, `provider:model`, or a folder with an ONNX model (memory/embedding.py)."""
    embedding_base_url: str = ""
    """An OpenAI-compatible server for the embedding; without it, the one of `model_base_url`."""
    model_base_url: str = ""
    model_retries: int = Field(default=2, ge=0, le=10)
    offline_delay: float = Field(default=0.015, ge=0)
    """Seconds between the pieces of a built-in reply, so that a demo streams as a language model does."""
    host_url: str = ""
    idle_minutes: float = Field(default=120, gt=0)
    """So long may a signed-in researcher do nothing before being signed out."""

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the record."""
        if self.database_url.startswith("postgresql://"):
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return self.database_url or f"sqlite:///{self.data_dir / 'atelier.db'}"


def load_settings() -> Settings:
    """Settings of this process, with a writable data folder. Raises SettingsInvalid."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][-1]) if first["loc"] else "a setting"
        raise SettingsInvalid(f"{name}: {first['msg']}. Correct it in the environment or in .env.") from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"The file .env cannot be read ({error.reason}). Save it as UTF-8 text.") from error
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise SettingsInvalid(
            f"The data folder {settings.data_dir} cannot be written ({error.strerror}). "
            "Change its permissions or set ATELIER_DATA_DIR to another folder."
        ) from error
    return settings
