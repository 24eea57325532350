"""Every knob in one typed object, read from the environment (REVDEMO_*) and from the command line (--...)."""

import argparse
import difflib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from revdemo.errors import RevdemoError

PREFIX = "REVDEMO_"
NOT_SETTINGS = {"REVDEMO_DATA"}  # read by train/ and the tests: where the raw reviews are

Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


HUB_PAGES = "https://huggingface.co,https://*.huggingface.co,https://*.hf.space"  # that show a Space

STORAGE = Path("/data")  # where a Space has its persistent storage, if it was given one


def _user_folder(variable: str, fallback: str) -> Path:
    folder = Path(os.environ.get(variable) or Path.home() / fallback) / "revdemo"
    return _writable(folder) if on_a_space() else folder


def _data_folder() -> Path:
    if on_a_space() and os.access(STORAGE, os.W_OK):
        return STORAGE / "revdemo"
    return _user_folder("XDG_DATA_HOME", ".local/share")


def _writable(folder: Path) -> Path:
    """The folder where it can be made, else one of the temporary folder: a home may be read-only."""
    there = next(own for own in (folder, *folder.parents) if own.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.gettempdir()) / f"revdemo-{os.getuid()}" / folder.parent.name


def on_a_space() -> bool:
    """Whether this is a Hugging Face Space."""
    return bool(os.environ.get("SPACE_ID")) or os.environ.get("SYSTEM") == "spaces"


def _own_website() -> str:
    """The address of a Space, which says it itself; whatever its proxy makes of the Host header."""
    host = os.environ.get("SPACE_HOST", "")
    return f"https://{host}" if on_a_space() and host else ""


class Settings(BaseSettings):
    """What revdemo can be told; a keyword beats the environment, which beats the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    stars_model: str | None = Field(
        None, description="star classifier: a folder, a Hub id, starter, or accurate"
    )
    polarity_model: str | None = Field(
        None, description="polarity classifier: a folder, a Hub id, or starter"
    )
    generator: str | None = Field(None, description="review generator: a folder, a Hub id, or starter")
    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|cuda(:\d+)?)$",
        description="auto, cpu, cuda or cuda:N; auto takes a GPU if there is one",
    )
    threads: int | None = Field(None, ge=1, description="CPU threads for the models; unset: torch decides")
    host: str = Field(
        default_factory=lambda: "0.0.0.0" if on_a_space() else "127.0.0.1",
        description="address to listen on; 0.0.0.0 for other machines too",
    )
    port: int = Field(7860, ge=1, le=65535, description="port to listen on")
    cache: Folder = Field(
        default_factory=lambda: _user_folder("XDG_CACHE_HOME", ".cache"),
        description="folder for converted models, safe to delete",
    )
    data_dir: Folder = Field(
        default_factory=_data_folder,
        description="folder for the ledger of runs",
    )
    ledger_repo: str | None = Field(
        None,
        description="private data set on the Hub, OWNER/NAME, in which the page keeps the runs that ended",
    )
    quantize: Literal["auto", "int8", "none"] = Field("auto", description="auto, int8 or none; CPU only")
    max_accepted: int = Field(500, ge=1, description="most accepted reviews a run may ask for")
    max_rounds: int = Field(50, ge=1, description="most rounds a run may take")
    deadline: float = Field(600.0, gt=0, description="most seconds a run may take")
    max_characters: int = Field(100_000, ge=1, description="longest text that Classify reads")
    max_upload_mb: int = Field(200, ge=1, description="largest table that a visitor may upload, in MB")
    queue_size: int = Field(100, ge=1, description="most short requests, such as predictions, that may wait")
    visitor_queue: int = Field(10, ge=1, description="most short requests of one visitor that may wait")
    max_running: int = Field(
        2, ge=1, description="most long jobs (runs, tables, fills, measurements) at work at once"
    )
    max_waiting: int = Field(20, ge=0, description="most long jobs that may wait for their turn")
    visitor_running: int = Field(1, ge=1, description="most long jobs of one visitor at work at once")
    visitor_waiting: int = Field(4, ge=0, description="most long jobs of one visitor that may wait")
    unfollowed: float = Field(
        30.0, gt=0, description="seconds after which a long job ends that nobody follows any more"
    )
    sessions: int = Field(500, ge=1, description="most open pages that the app remembers")
    visitor_sessions: int = Field(20, ge=1, description="most open pages of one visitor that it remembers")
    upload_folder_mb: int = Field(
        5000, ge=1, description="most MB that uploads and downloads may take on the disk together"
    )
    visitor_upload_mb: int = Field(1000, ge=1, description="most MB of uploads that one visitor may keep")
    visitor_uploads: int = Field(50, ge=1, description="most uploads that one visitor may keep")
    hosts: str = Field(
        "",
        description="names, separated by commas, that the app answers to besides local ones; unset: only "
        "local ones where it listens on a loopback address, any elsewhere",
    )
    origins: str = Field(
        default_factory=_own_website,
        description="websites, separated by commas, such as https://example.org, that may call the app "
        "besides its own page; set by itself on a Space",
    )
    framed_by: str = Field(
        default_factory=lambda: HUB_PAGES if on_a_space() else "",
        description="websites, separated by commas, that may show the page in a frame",
    )
    behind_proxy: bool = Field(
        default_factory=on_a_space,
        description="true where a reverse proxy says who asks, in X-Forwarded-For and X-Forwarded-Host; "
        "set by itself on a Space",
    )
    public: bool = Field(
        default_factory=on_a_space,
        description="true hides the details of errors from visitors; set by itself on a Space",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one flag for each setting; a flag that is not given is left to the environment and the default."""
    group = parser.add_argument_group("settings", "each also read from the environment")
    defaults = _defaults()
    for name, field in Settings.model_fields.items():
        shown = "unset" if defaults[name] is None else defaults[name]
        group.add_argument(
            _flag(name),
            dest=name,
            default=argparse.SUPPRESS,
            metavar=name.split("_")[-1].upper(),
            help=f"{field.description} ({_variable(name)}, default: {shown})".replace("%", "%%"),
        )


def from_arguments(arguments: argparse.Namespace) -> Settings:
    """Settings from flags parsed by a parser that `add_arguments` prepared, then the environment.

    Raises:
        RevdemoError: a value is not allowed, or a REVDEMO_* variable is not a setting.
    """
    given = {name: value for name, value in vars(arguments).items() if name in Settings.model_fields}
    _refuse_unknown_variables()
    try:
        return Settings(**given)
    except ValidationError as error:
        raise RevdemoError("{problems}", problems=_explain(error, given)) from error


def load_settings(argv: Sequence[str] | None = None) -> Settings:
    """Settings from the environment and, unless it is None, from the command line `argv`.

    Raises:
        RevdemoError: a value is not allowed, or a REVDEMO_* variable is not a setting.
    """
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="Predict the stars of a review and write new ones, in the browser.",
        allow_abbrev=False,
    )
    add_arguments(parser)
    return from_arguments(parser.parse_args(list(argv or ())))


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _defaults() -> dict[str, object]:
    """The default of every setting, whatever the environment says: --help shows these."""
    return {
        name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()
    }


def _refuse_unknown_variables() -> None:
    known = {_variable(name) for name in Settings.model_fields} | NOT_SETTINGS
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f"Did you mean {close[0]}?" if close else "python app.py --help lists the settings."
            raise RevdemoError(
                "The environment sets {name}, which is not a setting. {hint}", name=name, hint=hint
            )


def _explain(error: ValidationError, given: dict[str, object]) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        where = _flag(name) if name in given else _variable(name)
        allowed = Settings.model_fields[name].description
        lines.append(f"{where} is {problem['input']!r}: {problem['msg'].lower()}. It means: {allowed}.")
    return "\n".join(lines)
