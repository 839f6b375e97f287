"""Every setting as a command-line flag, made from the settings themselves, so that each is described once."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer

from fudemoji.config import FLAGS, Settings
from fudemoji.config.settings import Flag

__all__ = ["Trackers", "decoding_flags", "named_trackers", "settings_flags"]

Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--tracker", metavar="NAME", help="wandb, tensorboard or mlflow; may be given several times"
    ),
]

_PANELS = {
    "data": "Data",
    "model": "Model",
    "optim": "Optimiser",
    "schedule": "Schedule",
    "augment": "Augmentation",
    "balance": "Loss and rare classes",
    "loop": "Training",
}
_OWN_ARGUMENT = "data"


def settings_flags(verb: Callable[..., None]) -> Callable[..., None]:
    """Gives a verb with a parameter `values` one option for each setting; those not given stay away from it."""
    return _flagged(verb, [name for name in FLAGS if name != _OWN_ARGUMENT])


def named_trackers(names: list[str] | None) -> list[Any]:
    """The display and the trackers called so; what is missing is told before torch is imported."""
    from fudemoji.trackers import DISPLAY, check_tracker

    return [DISPLAY, *map(check_tracker, names or [])]


def decoding_flags(verb: Callable[..., None]) -> Callable[..., None]:
    """The same with the settings that a set of files is decoded by."""
    return _flagged(verb, ["size", "fit", "frames", "clip_sampling"])


def _flagged(verb: Callable[..., None], names: list[str]) -> Callable[..., None]:
    def with_flags(**given: Any) -> None:
        values = {name: given.pop(name) for name in names}
        verb(values={name: value for name, value in values.items() if value not in (None, [])}, **given)

    signature = inspect.signature(verb, eval_str=True)
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "values"]
    parameters += [_parameter(FLAGS[name]) for name in names]
    with_flags.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_flags.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    with_flags.__name__, with_flags.__doc__ = verb.__name__, verb.__doc__
    return with_flags


def _parameter(flag: Flag) -> inspect.Parameter:
    option = f"--{flag.name.replace('_', '-')}"
    panel = _PANELS[flag.section]
    if flag.is_switch:
        info = typer.Option(f"{option}/--no-{option[2:]}", help=_help(flag), rich_help_panel=panel)
        kind: Any = Annotated[bool | None, info]
    elif flag.name == "fonts":
        kind = Annotated[
            list[str] | None, typer.Option("--fonts", help=_help(flag), rich_help_panel=panel, metavar="FILE")
        ]
    else:
        kind = Annotated[
            str | None, typer.Option(option, help=_help(flag), rich_help_panel=panel, metavar="VALUE")
        ]
    return inspect.Parameter(flag.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _help(flag: Flag) -> str:
    section = Settings.model_fields[flag.section].annotation
    assert section is not None
    annotation = section.model_fields[flag.field].annotation
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()
    return f"{flag.description} ({', '.join(choices)})" if choices else flag.description
