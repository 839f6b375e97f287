"""What is searched: the set, the settings to start from, the space, and how trials are drawn and broken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fudemoji.config import FLAGS, Settings, resolve
from fudemoji.config.sizes import size_text
from fudemoji.data import ImageSet
from fudemoji.errors import SettingsError, look_up
from fudemoji.report.tuning import command_of
from fudemoji.trackers import decoding_bar
from fudemoji.training.workbench import Workbench
from fudemoji.tuning.ready import ready_space
from fudemoji.tuning.sampling import PRUNERS, SAMPLERS
from fudemoji.tuning.space import Space, check_space, read_space
from fudemoji.tuning.study import parameter_of

__all__ = ["Plan"]

# What a study may differ in from one process to the next.
_OF_THE_MACHINE = ("data", "data_dir", "fonts", "cache_dir", "cache_gb", "device", "checkpoint_minutes")


@dataclass(frozen=True)
class Plan:
    """A search as it was asked for, its set loaded once for all trials.

    Attributes:
        data: train and validation; the test split is left out, so that no trial can touch it.
        base: the settings that all trials start from.
        recipe: their name.
        values: flat settings over the recipe's, for all trials alike.
        space: what is searched.
        total: trials of the whole study.
        sampler, pruner: by name.
    """

    data: ImageSet
    base: Settings
    recipe: str
    values: Mapping[str, Any]
    space: Space
    total: int
    sampler: str
    pruner: str

    @classmethod
    def of(
        cls, data: ImageSet | str, space: Sequence[str], *, recipe: str, values: Mapping[str, Any], **how: Any
    ) -> Plan:
        """Everything checked and the set loaded; nothing is written.

        Raises:
            SettingsError: a wrong setting, range, sampler or pruner, or no validation split.
            DataError, RunError: the set, or the run that weights come from, cannot be had.
        """
        look_up(dict.fromkeys(SAMPLERS), how["sampler"], what="sampler")
        look_up(PRUNERS, how["pruner"], what="pruner")
        if how["total"] < 1:
            raise SettingsError(f"trials is {how['total']}; there must be one at least")
        values = {key: value for key, value in values.items() if value is not None}
        given = data if isinstance(data, ImageSet) else None
        settings = resolve(recipe, values if given is not None else {**values, "data": data})
        read = read_space(space) if space else ready_space(settings, without=values)
        check_space(read, recipe=recipe, values=values)
        with decoding_bar() as bar:
            bench = Workbench.of(settings, given, progress=bar)
        if "valid" not in bench.data.splits:
            raise SettingsError("settings are chosen by the validation split, and --valid 0 leaves none")
        splits = {split: bench.data.splits[split] for split in ("train", "valid")}
        if settings.data.size != bench.settings.data.size:  # that which the weights have seen
            values["size"] = size_text(bench.settings.data.size)
        return cls(bench.data.with_splits(splits), bench.settings, recipe, values, read, **how)

    @property
    def identity(self) -> dict[str, Any]:
        """What makes a study of it this one."""
        settings = {
            name: str(self._value(name))
            for name in FLAGS
            if name not in _OF_THE_MACHINE and name not in self.space
        }
        return {
            "set": f"{self.data.name} ({self.data.fingerprint[:12]})",
            "recipe": self.recipe,
            "setting": settings,
            "range of": {name: str(dimension).partition("=")[2] for name, dimension in self.space.items()},
        }

    @property
    def recipe_in_space(self) -> dict[str, Any]:
        """The settings to start from as parameters, or nothing where one lies outside the space."""
        found = {name: parameter_of(dimension, self._value(name)) for name, dimension in self.space.items()}
        return {} if None in found.values() else found

    @property
    def facts(self) -> dict[str, Any]:
        """For the head of the page."""
        return {
            "data": self.data.name,
            "model": self.base.model.name,
            "recipe": self.recipe,
            "train images": len(self.data.splits["train"]),
            "validation images": len(self.data.splits["valid"]),
            "length": str(self.base.loop.epochs),
            "sampler": self.sampler,
            "pruner": self.pruner,
            "seed": str(self.base.loop.seed),
        }

    @property
    def asked(self) -> list[str]:
        """The words of a full training that all trials have in common."""
        return command_of(self.base.data.source, recipe=self.recipe, values=self.values)

    def _value(self, name: str) -> object:
        flag = FLAGS[name]
        return getattr(getattr(self.base, flag.section), flag.field)
