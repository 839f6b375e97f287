"""Settings out of what a user or a file says: every mistake is told, all together and on one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from fudemoji.config.settings import FLAGS, MODEL_NAMES, NO_MIRROR, TIMM, Balance, Settings
from fudemoji.errors import RunError, SettingsError, did_you_mean

__all__ = ["check", "contradictions", "settings_from_json"]

_NAMES = {(flag.section, flag.field): name for name, flag in FLAGS.items()}


def _explain(error: ValidationError) -> list[str]:
    """One phrase per wrong field, each with its flat name and the value."""
    phrases: dict[str, str] = {}
    for item in error.errors():
        if not item["loc"]:  # no JSON, or no object
            return [f"damaged: {item['msg']}"]
        path = tuple(str(part) for part in item["loc"][:2])
        name = _NAMES.get((path[0], path[1]), ".".join(path)) if len(path) > 1 else ".".join(path)
        message = str(item["ctx"]["error"]) if "error" in item.get("ctx", {}) else item["msg"]
        message = message[0].lower() + message[1:]
        value = "" if message.startswith(repr(item["input"])) else f" is {item['input']!r}:"
        phrases.setdefault(name, f"{name}{value} {message}" if value else f"{name}: {message}")
    return list(phrases.values())


def contradictions(settings: Settings, given: set[str]) -> list[str]:
    """Phrases for settings that exclude each other; `given` are the flat names the user set themselves."""
    found = [
        *_of_model(settings, given),
        *_of_optimiser(settings, given),
        *_of_schedule(settings, given),
        *_of_length(settings),
        *_of_balance(settings.balance, given),
    ]
    augment, loop = settings.augment, settings.loop
    if "mix_share" in given and not (augment.mixup or augment.cutmix):
        found.append("mix_share needs mixup or cutmix")
    if augment.policy == "characters" and augment.mirror and "mirror" in given:
        found.append(NO_MIRROR)
    if loop.batch_size != "auto" and loop.accumulate > loop.batch_size:
        found.append(f"accumulate {loop.accumulate} is more than batch_size {loop.batch_size}")
    return found


def _of_model(settings: Settings, given: set[str]) -> Iterator[str]:
    name = settings.model.name
    if name not in MODEL_NAMES and not name.startswith(TIMM):
        yield (
            f"unknown model '{name}'{did_you_mean(name, MODEL_NAMES)}; "
            f"known: {', '.join(MODEL_NAMES)}, {TIMM}NAME"
        )
    elif "stem" in given and settings.model.stem != "auto" and not _has_stem(name):
        yield f"stem is for {', '.join(filter(_has_stem, MODEL_NAMES))}, not for model {name}"
    if settings.model.pretrained and settings.model.weights:
        yield "pretrained and weights exclude each other: a training starts from one of them"
    if "pixels" in given and settings.data.pixels == "weights" and not _is_transfer(settings):
        yield "pixels weights needs pretrained or weights"


def _is_transfer(settings: Settings) -> bool:
    return settings.model.pretrained or settings.model.weights is not None


def _has_stem(name: str) -> bool:
    return name.startswith("resnet")


def _of_optimiser(settings: Settings, given: set[str]) -> Iterator[str]:
    optim = settings.optim
    if optim.opt == "adagrad" and "momentum" in given:
        yield "momentum has no meaning for opt adagrad"
    if optim.opt not in ("adam", "adamw") and "beta2" in given:
        yield f"beta2 has no meaning for opt {optim.opt}"
    if optim.lr != "auto" and "lr_rule" in given:
        yield "lr_rule needs lr auto"


def _of_schedule(settings: Settings, given: set[str]) -> Iterator[str]:
    schedule = settings.schedule
    owners = {
        "one-cycle": ("cycle_momentum", "momentum_low", "momentum_high"),
        "constant": ("decay", "decay_every"),
    }
    for owner, names in owners.items():
        if schedule.sched != owner:
            yield from (
                f"{name} needs sched {owner}, not {schedule.sched}" for name in names if name in given
            )
    if schedule.sched == "one-cycle" and schedule.cycle_momentum and "momentum" in given:
        yield "momentum is set by one-cycle; use momentum_low and momentum_high, or no cycle_momentum"
    if "thaw_div" in given and not schedule.freeze.amount:
        yield "thaw_div needs freeze"
    if schedule.momentum_low > schedule.momentum_high:
        yield f"momentum_low {schedule.momentum_low} is above momentum_high {schedule.momentum_high}"


def _of_length(settings: Settings) -> Iterator[str]:
    epochs = settings.loop.epochs
    if epochs.unit == "%" or not epochs.amount:
        yield f"epochs {epochs} is no length of a training; write 10ep or 3000st"
        return
    parts = {"freeze": settings.schedule.freeze}
    if settings.schedule.sched != "constant":
        parts |= {"warmup": settings.schedule.warmup, "clean": settings.augment.clean}
    for name, duration in parts.items():
        if duration.unit == epochs.unit and duration.amount > epochs.amount:
            yield f"{name} {duration} is longer than epochs {epochs}"


def _of_balance(balance: Balance, given: set[str]) -> Iterator[str]:
    if balance.loss != "focal" and "focal_gamma" in given:
        yield f"focal_gamma needs loss focal, not {balance.loss}"
    if balance.class_weights != "effective" and "effective_beta" in given:
        yield f"effective_beta needs class_weights effective, not {balance.class_weights}"
    active = {
        f"class_weights {balance.class_weights}": balance.class_weights != "none",
        f"logit_adjust {balance.logit_adjust:g}": balance.logit_adjust > 0,
        f"sampling {balance.sampling}": balance.sampling != "shuffled",
    }
    if sum(active.values()) > 1:
        names = " and ".join(name for name, is_on in active.items() if is_on)
        yield f"{names} make up for the same imbalance twice; choose one"


def settings_from_json(text: str, *, where: str) -> Settings:
    """The settings of a stored config.json.

    Raises:
        RunError: the text is damaged or from another version.
    """
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{where}: {'; '.join(_explain(error))}") from error


def check(values: dict[str, Any], given: set[str]) -> Settings:
    """The settings that nested `values` describe, every mistake reported at once.

    Raises:
        SettingsError: one or more wrong or contradicting values.
    """
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(error))) from error
    if found := contradictions(settings, given):
        raise SettingsError("; ".join(found))
    if "stem" not in given and not _has_stem(settings.model.name):  # it was meant for the recipe's model
        model = settings.model.model_copy(update={"stem": "auto"})
        settings = settings.model_copy(update={"model": model})
    if "pixels" not in given and _is_transfer(settings):
        data = settings.data.model_copy(update={"pixels": "weights"})
        settings = settings.model_copy(update={"data": data})
    return settings
