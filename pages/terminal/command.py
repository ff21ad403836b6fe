"""What every command shares: its usual arguments, and errors said in one sentence."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from study.errors import AtelierError

StudyArgument = Annotated[str, typer.Argument(help="Id of a study")]
By = Annotated[str, typer.Option(help="Your name, for the record; else that of your account on this machine")]
ProgressFile = Annotated[Path | None, typer.Option(help="Write there how far it is, as lines of JSON, and draw no bar")]


def plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Errors as one sentence, Ctrl-C without a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except AtelierError as error:
            print(error, file=sys.stderr)
            raise typer.Exit(1) from None
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0]
            print(
                f"The database could not do this ({reason}). If it is damaged or was made by another version, "
                "restore it from a backup or set ATELIER_DATA_DIR to another folder.",
                file=sys.stderr,
            )
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            print("Stopped. What was finished is kept.", file=sys.stderr)
            raise typer.Exit(130) from None

    return run
