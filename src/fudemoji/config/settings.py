"""All settings of a training: frozen, nested, checked once, each field described.

Every field is also a flag of `fudemoji train` and a keyword of `fit()`, under one flat name: the field's own, or the
one given by `flag`. `FLAGS` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from fudemoji.config.durations import Duration
from fudemoji.config.sizes import parse_size, size_text

__all__ = [
    "FLAGS",
    "MODEL_NAMES",
    "Augment",
    "Balance",
    "DataSettings",
    "Flag",
    "LoopSettings",
    "ModelSettings",
    "OptimSettings",
    "ScheduleSettings",
    "Settings",
]

# what `fudemoji.models.MODELS` holds, known here so that a slip is told before torch is imported
MODEL_NAMES = (
    "c3d",
    "cnn",
    "fude-l",
    "fude-m",
    "fude-s",
    "keras-cats-dogs",
    "mlp",
    "resnet18",
    "resnet34",
    "resnet50",
    "r3d_18",
    "vgg16_bn",
    "vgg19_bn",
)
TIMM = "timm/"  # what the names of timm's models start with; timm itself knows which there are

CLIP_MODEL_NAMES = ("c3d", "r3d_18")  # those of them that read clips

NO_MIRROR = (
    "mirror is for photos and clips: a mirrored character is another one, or none; "
    "if these images are no characters, choose policy photos"
)

DurationField = Annotated[Duration, BeforeValidator(Duration.parse), PlainSerializer(str)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _number_or_auto(value: object) -> object:
    """Numbers, texts that are numbers, and `auto`; one message for everything else, instead of one for each type."""
    if value == "auto":
        return value
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"{value!r} is neither a number above 0 nor 'auto'")
    return value


class Section(BaseModel):
    """A group of settings; unknown names are errors, and nothing changes after the check."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Section):
    """Which images, and how they are cut and scaled."""

    source: str = Field(
        "kana",
        description="name of a set (see `fudemoji data list`), or the path of one of your own (see docs/own-images.md)",
        json_schema_extra={"flag": "data"},
    )
    data_dir: str | None = Field(
        None, description="folder of the named sets; else $FUDEMOJI_DATA or the user's cache"
    )
    fonts: tuple[str, ...] = Field((), description="further font files to draw kana with")
    valid: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="share cut off for validation: of the training split, or of all images of a set without splits",
    )
    pixels: Literal["standard", "unit", "weights"] = Field(
        "standard",
        description="pixels to mean 0 and deviation 1 (standard), to 0..1 (unit), or as pretrained or weights were "
        "trained (weights, and the rule with them)",
    )
    size: Annotated[
        int | tuple[int, int] | Literal["auto"], BeforeValidator(parse_size), PlainSerializer(size_text)
    ] = Field(
        "auto",
        description="image files: pixels that they are decoded to, the side of a square or height x width (64x96); "
        "auto keeps squares that are all alike, up to 128, and else takes 64",
    )
    fit: Literal["crop", "letterbox", "stretch"] = Field(
        "crop",
        description="image files of other proportions: cut off what sticks out, keep everything on a wider sheet, or "
        "give the proportions up",
    )
    frames: int = Field(16, ge=1, le=1024, description="video files: frames of a clip")
    clip_sampling: Literal["uniform", "windows"] = Field(
        "uniform",
        description="video files: one clip of frames from all over the video, or one of every so many in a row",
    )
    cache_dir: str | None = Field(
        None, description="folder for decoded image files; else `decoded` in the folder of the named sets"
    )
    cache_gb: Positive = Field(
        20.0, description="gigabytes of decoded sets that are kept; what was used longest ago goes first"
    )


class ModelSettings(Section):
    """Which network."""

    name: str = Field(
        "fude-s",
        description="name of a model (see docs/models.md), or timm/NAME for any of timm's",
        json_schema_extra={"flag": "model"},
    )
    stem: Literal["auto", "small", "standard", "wide"] = Field(
        "auto",
        description="first layers of a ResNet: 3x3 without pooling (small), 7x7 with stride 2 and pooling "
        "(standard), 7x7 without either (wide), or by image size and weights (auto)",
    )
    pretrained: bool = Field(
        False, description="start from published weights (`fudemoji models get NAME` fetches them)"
    )
    weights: str | None = Field(
        None, description="start from a safetensors or .pth file, or from the best weights of a run folder"
    )


class OptimSettings(Section):
    """How weights follow gradients."""

    opt: Literal["sgd", "adam", "adamw", "adagrad", "rmsprop"] = Field(
        "adamw",
        description="optimiser; sgd uses Nesterov momentum",
    )
    lr: Annotated[Positive | Literal["auto"], BeforeValidator(_number_or_auto)] = Field(
        0.02, description="peak learning rate, or auto to run the LR finder first"
    )
    lr_rule: Literal["recommended", "turning-point", "steepest", "minimum/10", "valley", "slide"] = Field(
        "recommended", description="which rule of the LR finder `--lr auto` follows"
    )
    weight_decay: NotNegative = Field(
        0.05,
        description="decay of filters and matrices; another opt than the recipe's brings its usual decay",
    )
    momentum: float = Field(
        0.9, ge=0, lt=1, description="momentum of sgd and rmsprop, first beta of adam and adamw"
    )
    beta2: float = Field(0.99, gt=0, lt=1, description="second beta of adam and adamw")
    clip_grad: NotNegative = Field(0.0, description="largest norm of the gradient; 0 leaves it as it is")
    body_lr: float = Field(
        1.0,
        gt=0,
        le=1,
        description="rate of the first half of the body as a share of the head's; the second half's lies between",
    )


class ScheduleSettings(Section):
    """How rate and momentum change from step to step."""

    sched: Literal["one-cycle", "cosine", "constant"] = Field(
        "one-cycle",
        description="course of the rate: up and down once, down on a cosine, or constant with decay",
    )
    warmup: DurationField = Field(
        Duration(25, "%"), description="time until the peak rate: 25%, 2ep or 300st"
    )
    start_div: float = Field(25.0, ge=1, description="the first rate is the peak divided by this")
    final_div: float = Field(1e5, ge=1, description="the last rate is the peak divided by this")
    cycle_momentum: bool = Field(True, description="one-cycle: momentum falls while the rate rises, and back")
    momentum_low: float = Field(0.85, ge=0, lt=1, description="one-cycle: momentum at the peak rate")
    momentum_high: float = Field(0.95, ge=0, lt=1, description="one-cycle: momentum at both ends")
    decay: float = Field(1.0, gt=0, le=1, description="constant: factor on the rate after each `decay-every`")
    decay_every: DurationField = Field(Duration(1, "ep"), description="constant: time between two decays")
    freeze: DurationField = Field(
        Duration(0, "ep"),
        description="time at the start in which only the new head and the norms learn, on a cycle of its own",
    )
    thaw_div: float = Field(1.0, ge=1, description="after the freeze the peak rate is lr divided by this")


class Augment(Section):
    """Random changes of the training images; 0 switches one off. Characters are never mirrored."""

    policy: Literal["auto", "characters", "photos", "clips", "none"] = Field(
        "auto",
        description="which changes where none are given one by one; auto follows the kind of the set",
    )
    mirror: bool = Field(False, description="left and right swapped with a chance of 1/2; not for characters")
    light: float = Field(
        0.0, ge=0, lt=1, description="largest change of brightness, contrast and saturation, as a share"
    )
    rotate: float = Field(0.0, ge=0, le=180, description="largest rotation either way, degrees")
    zoom: float = Field(0.0, ge=0, lt=1, description="largest change of size either way, as a share")
    shear: float = Field(0.0, ge=0, lt=1, description="largest shear either way, as a share")
    shift: float = Field(0.0, ge=0, lt=1, description="largest shift either way, as a share of the side")
    elastic: NotNegative = Field(0.0, description="amplitude of a smooth random distortion, pixels")
    cutout: Share = Field(0.0, description="side of a square that is blanked, as a share of the image's side")
    mixup: NotNegative = Field(0.0, description="alpha of mixup's Beta distribution")
    cutmix: NotNegative = Field(0.0, description="alpha of CutMix's Beta distribution")
    mix_share: Share = Field(0.5, description="share of batches that mixup or CutMix touches")
    clean: DurationField = Field(
        Duration(0, "ep"), description="time at the end of the run without augmentation"
    )


class Balance(Section):
    """What is minimised, and what is done for rare classes; see docs/imbalance.md."""

    loss: Literal["cross-entropy", "focal"] = Field(
        "cross-entropy",
        description="cross-entropy, or focal: images that are read well already count less; "
        "both in their binary form where an image has several labels",
    )
    focal_gamma: Positive = Field(2.0, description="focal: how much less; 0 would be cross-entropy")
    class_weights: Literal["none", "balanced", "effective"] = Field(
        "none",
        description="weight of an image's loss: one over the number of its class's images (balanced), or over "
        "their effective number (effective)",
    )
    effective_beta: float = Field(
        0.999, gt=0, lt=1, description="effective: images beyond about 1 / (1 - beta) of a class add little"
    )
    logit_adjust: NotNegative = Field(
        0.0,
        description="times the logarithm of each class's share, added to the logits in training; usual is 1",
    )
    sampling: Literal["shuffled", "balanced"] = Field(
        "shuffled",
        description="every image once an epoch (shuffled), or every class equally often (balanced)",
    )


class LoopSettings(Section):
    """Length, batches, precision and upkeep of the training."""

    epochs: DurationField = Field(Duration(6, "ep"), description="length of the training: 10, 10ep or 3000st")
    least_steps: int = Field(
        0,
        ge=0,
        description="train a small set for more epochs, until it has seen this many steps; epochs given switch it off",
    )
    batch_size: Annotated[Annotated[int, Field(ge=1)] | Literal["auto"], BeforeValidator(_number_or_auto)] = (
        Field(128, description="images a step, or auto to try sizes first")
    )
    accumulate: int = Field(
        1, ge=1, description="slices a batch is split into to save memory; the step stays one"
    )
    smoothing: float = Field(0.1, ge=0, lt=1, description="label smoothing")
    ema: float = Field(
        0.0, ge=0, lt=1, description="decay of the moving average of the weights; 0 keeps none"
    )
    test_shifts: int = Field(
        0,
        ge=0,
        le=8,
        description="average the final test over shifts of this many pixels; 0 tests the image as it is",
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="number format of the heavy layers; auto asks the device"
    )
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1 or mps")
    compile: bool = Field(False, description="compile the model (slower on a CPU)")
    sync_bn: bool = Field(
        True, description="under torchrun: batch norm looks at the images of all ranks, as one process would"
    )
    validate_every: DurationField = Field(
        Duration(2, "%"),
        description="time between two validations, each with a checkpoint; they come at the end of an epoch",
    )
    checkpoint_minutes: Positive = Field(5.0, description="minutes between checkpoints inside an epoch")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of the cut, the weights and every random draw")


class Settings(Section):
    """Everything that determines a training; stored as config.json in the run folder."""

    recipe: str = "quick"
    given: tuple[str, ...] = ()  # flat names of what the user set: it holds whatever the set turns out to be
    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    optim: OptimSettings = OptimSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    augment: Augment = Augment()
    balance: Balance = Balance()
    loop: LoopSettings = LoopSettings()

    def changed(self, section: str, **values: object) -> Settings:
        """The same with other values in one section; they are taken as they are."""
        return self.model_copy(update={section: getattr(self, section).model_copy(update=values)})


@dataclass(frozen=True)
class Flag:
    """Where a flat name lives in `Settings`, and what it means."""

    name: str
    section: str
    field: str
    description: str
    is_switch: bool


def _flags() -> dict[str, Flag]:
    flags = {}
    for section, holder in Settings.model_fields.items():
        if not (isinstance(holder.annotation, type) and issubclass(holder.annotation, Section)):
            continue
        for field, info in holder.annotation.model_fields.items():
            extra = info.json_schema_extra
            name = str(extra["flag"]) if isinstance(extra, dict) and "flag" in extra else field
            assert name not in flags, name
            flags[name] = Flag(name, section, field, str(info.description), info.annotation is bool)
    return flags


FLAGS: dict[str, Flag] = _flags()
