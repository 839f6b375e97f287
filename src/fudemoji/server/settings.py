"""What the one who runs a server may decide."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fudemoji.config import resolve
from fudemoji.errors import SettingsError, did_you_mean
from fudemoji.serving.addresses import is_loopback
from fudemoji.serving.limits import Limits

__all__ = ["ServerSettings", "server_settings"]

MEBIBYTE = 2**20


class ServerSettings(BaseModel):
    """All settings of a server; made by `server_settings`, which tells what is wrong with them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: Path = Field(description="the folder of everything that the server keeps")
    database: str | None = Field(
        None, min_length=1, description="URL of a PostgreSQL database; else SQLite, in the folder"
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address that is listened on")
    port: int = Field(8000, ge=0, le=65535, description="the port; 0 takes a free one")
    allowed_hosts: tuple[str, ...] = Field(
        (), description="names that requests may ask for (`Host`), `*.` for all below one; none: all"
    )
    trainings: int = Field(1, ge=1, le=64, description="trainings that run at a time; more wait")
    trainings_waiting: int = Field(100, ge=0, description="trainings that may wait; more are refused")
    min_tags: int = Field(2, ge=1, description="tags that a project needs to be trained")
    min_images_per_tag: int = Field(5, ge=1, description="images that each of its tags needs")
    recipe: str | None = Field(None, description="recipe of every training, whatever its domain stands for")
    training_settings: dict[str, Any] = Field(
        {}, description="settings of every training, on top of its recipe"
    )
    model_processes: int = Field(1, ge=1, le=64, description="processes that predict")
    model_threads: int = Field(0, ge=0, description="threads of each of them; 0: a fair share of the cores")
    models_kept: int = Field(8, ge=1, description="models that each of them keeps in memory")
    image_bytes: int = Field(4 * MEBIBYTE, ge=1, description="size of an image's file")
    image_side: int = Field(10_240, ge=1, description="pixels of an image's longer side")
    images_per_request: int = Field(64, ge=1, description="images of a request")
    archive_bytes: int = Field(4 * 1024 * MEBIBYTE, ge=1, description="size of an archive of images")
    tags_per_request: int = Field(20, ge=1, description="tags that a request may give to an image")
    images_per_project: int = Field(100_000, ge=1, description="images of a project")
    requests_per_second: float = Field(
        500.0, ge=0, description="requests of a key, at twice as many at once; 0: no limit"
    )
    uploads_at_a_time: int = Field(8, ge=1, description="bodies of more than 8 MiB that are read at a time")
    body_seconds: float = Field(
        20.0, gt=0, description="time that a request's body has, and a second more for each 16 KiB of it"
    )
    stop_seconds: float = Field(30.0, ge=0, description="time that accepted requests have to end at a stop")
    log_requests: bool = Field(False, description="a line on stderr for each request")
    allow_private_urls: bool = Field(
        False, description="fetch images also from private addresses, such as this machine's"
    )
    runs: Path | None = Field(
        None,
        description="folder of runs that the studio shows beside those of the store; else `runs` beside the store, "
        "or where the studio was started",
    )

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def runs_folder(self) -> Path:
        """The folder of the runs that are not the store's; it need not be there."""
        beside = self.data.absolute().parent / "runs"
        return self.runs or (beside if beside.is_dir() else Path("runs").absolute())

    @property
    def limits(self) -> Limits:
        """What bounds a request's body; as many images as it may hold fit into it as base64."""
        return Limits(
            image_bytes=self.image_bytes,
            num_images=self.images_per_request,
            body_bytes=self.images_per_request * self.image_bytes * 4 // 3 + MEBIBYTE,
            seconds=self.body_seconds,
        )


def server_settings(file: Path | None = None, **given: Any) -> ServerSettings:
    """Settings out of a TOML file and of what is given, which wins; None leaves a setting alone.

    Raises:
        SettingsError: the file cannot be read, or settings are unknown or out of range; all are told.
    """
    values = {**(_read(file) if file else {}), **{name: v for name, v in given.items() if v is not None}}
    try:
        settings = ServerSettings(**values)
    except ValidationError as error:
        raise SettingsError("; ".join(_phrases(error))) from None
    resolve(settings.recipe or "quick", settings.training_settings)
    return settings


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings {file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise SettingsError(f"the settings {file} are no TOML: {error}") from error


def _phrases(error: ValidationError) -> list[str]:
    """One phrase per wrong setting, with its value."""
    phrases = []
    for item in error.errors():
        name = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            phrases.append(f"unknown setting '{name}'{did_you_mean(name, ServerSettings.model_fields)}")
        else:
            phrases.append(f"{name} is {item['input']!r}: {item['msg'][0].lower()}{item['msg'][1:]}")
    return phrases
