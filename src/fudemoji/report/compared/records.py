"""What a comparison found, as plain records: the page shows them, compare.json holds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from fudemoji.metrics.paired import PairedTest
from fudemoji.metrics.spread import Spread
from fudemoji.report.course import Points

__all__ = ["Comparison", "Confused", "Layer", "Pair", "Recommendation", "Variant"]


@dataclass(frozen=True)
class Layer:
    """One line of a network: what it does, and how many numbers it learns."""

    text: str
    parameters: int


@dataclass(frozen=True)
class Confused:
    """`count` images of class `true` were read as `predicted`, over all seeds; classes by their place."""

    true: int
    predicted: int
    count: int


@dataclass(frozen=True)
class Variant:
    """One way to train, over its seeds.

    Attributes:
        name: what sets it apart.
        contender: the recipe or model whose settings were tried; variants of one contender are chosen among on the
            validation images, contenders on the test images.
        tried: the settings that were varied, and their values here.
        runs: folders of its finished runs, one a seed.
        seeds: of those runs.
        commands: the command line of each.
        settings: all of them by flat name, as text.
        layers: of the network.
        total_steps, images_per_step, epochs: the budget.
        figures: shares and losses by name; those that a set has no split for are missing.
        test_interval: of the mean test accuracy, 95 % over images (Wilson).
        costs: seconds, bytes and images a second by name.
        curves: by `SPLIT FIGURE`, the mean over the seeds at each epoch.
        single_curves: the same of each seed.
        confused: the most frequent mistakes on the images that decide.
        failures: why a seed has no figures.
        at_chance: how many seeds read no better than always naming the largest class does.
        is_chosen: among the variants of its contender.
    """

    name: str
    contender: str
    recipe: str
    model: str
    tried: dict[str, str] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    commands: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    parameters: int = 0
    total_steps: int = 0
    images_per_step: int = 0
    epochs: float = 0.0
    machine: str = ""
    figures: dict[str, Spread] = field(default_factory=dict)
    test_interval: tuple[float, float] | None = None
    costs: dict[str, Spread] = field(default_factory=dict)
    curves: dict[str, Points] = field(default_factory=dict)
    single_curves: dict[str, list[Points]] = field(default_factory=dict)
    confused: tuple[Confused, ...] = ()
    failures: tuple[str, ...] = ()
    at_chance: int = 0
    is_chosen: bool = False

    @property
    def images_seen(self) -> int:
        """The budget as a number of training images."""
        return self.total_steps * self.images_per_step


@dataclass(frozen=True)
class Pair:
    """Two variants on the images of one split.

    Attributes:
        one, other: their names.
        split: whose images.
        test: None where there can be none.
        adjusted_p: its p value, corrected for the number of pairs.
        refusal: why there is no test, in words.
        same_images: whether both were measured on the same images at all.
    """

    one: str
    other: str
    split: str
    test: PairedTest | None = None
    adjusted_p: float | None = None
    refusal: str = ""
    same_images: bool = True


@dataclass(frozen=True)
class Recommendation:
    """What to take, and why, in words; `choice` is None where nothing can be recommended.

    `near` are the names within noise of the most accurate, it among them.
    """

    choice: str | None
    sentences: tuple[str, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Everything the page is made of.

    Attributes:
        title: what is compared, on what.
        command: the command line that compares it again.
        score: name of the figure that decides.
        grids: by contender, the choice among its variants on the validation images; empty where one was tried.
        grid_pairs: by contender, every two of its variants on the validation images.
        pairs: every two of the chosen variants on the test images.
        recommendation: among the chosen variants.
        warnings: what lessens its worth.
        rules: by which it was made.
        next_steps: what to do now, in words.
        versions: of what it was computed with.
    """

    title: str
    command: str
    score: str
    margin: float
    seeds: tuple[int, ...]
    variants: tuple[Variant, ...]
    grids: dict[str, Recommendation]
    grid_pairs: dict[str, tuple[Pair, ...]]
    pairs: tuple[Pair, ...]
    recommendation: Recommendation
    warnings: tuple[str, ...]
    rules: tuple[str, ...]
    next_steps: tuple[str, ...]
    versions: dict[str, str]

    @property
    def contenders(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(variant.contender for variant in self.variants))

    @property
    def chosen(self) -> list[Variant]:
        """The variant of each contender that was chosen."""
        return [variant for variant in self.variants if variant.is_chosen]

    def of(self, contender: str) -> list[Variant]:
        """The variants of a contender."""
        return [variant for variant in self.variants if variant.contender == contender]
