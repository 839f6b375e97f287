"""What a training starts from when not from random weights: published ones, a file, or an earlier run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from fudemoji.config import Settings
from fudemoji.data import Fetched, NamedSet, RemoteFile, data_root, download
from fudemoji.data.batches import Pixels
from fudemoji.engine.state import read_model
from fudemoji.errors import SettingsError
from fudemoji.models.pretrained import Weights, read_weights_file
from fudemoji.models.published import PUBLISHED, Published, find_published, published
from fudemoji.runs import Run, open_run

__all__ = ["fetch_weights", "read_weights", "stem_for", "weights_folder", "weights_state"]

_SMALL = 64  # pixels; at and below it a ResNet's stem keeps the map's size


def weights_folder(data_dir: str | Path | None) -> Path:
    """Where published weights are looked for first, and fetched to."""
    return data_root(data_dir) / "weights"


def weights_state(model: str, *, data_dir: str | Path | None = None) -> str:
    """Where a model's published weights lie, or `not here`, or `none` where nobody publishes any."""
    if model not in PUBLISHED:
        return "none"
    try:
        return str(find_published(published(model), folder=weights_folder(data_dir)))
    except SettingsError:
        return "not here"


def fetch_weights(model: str, *, data_dir: str | Path | None = None, **how: Any) -> tuple[Published, Fetched]:
    """The published weights of a model, fetched where they are not there yet; `how` goes to `data.download`.

    Raises:
        SettingsError: nobody publishes weights for this model, or timm is needed and not installed.
        DataError: no address has the file, its checksum is wrong, or the disk is full.
    """
    found = published(model)
    file = RemoteFile(found.file, None, None, found.address, found.digest)
    folder = NamedSet(
        name="weights",
        title=found.title,
        num_classes=found.num_classes,
        image_size=(found.side, found.side),
        num_images=0,
        num_train=0,
        num_test=0,
        licence="",
        credit="",
        files=(file,),
    )
    return found, download(folder, data_dir=data_dir, **how)[0]


def read_weights(settings: Settings) -> Weights | None:
    """The weights that the settings name, or None where they name none.

    Raises:
        SettingsError: missing, damaged, of another architecture, or none while the body is to be frozen.
        RunError: the run they come from is missing or damaged.
    """
    model = settings.model
    if model.pretrained:
        found = published(model.name)
        path = find_published(found, folder=weights_folder(settings.data.data_dir))
        return _of_publisher(found, read_weights_file(path))
    if model.weights is None:
        if settings.schedule.freeze.amount:
            raise SettingsError(
                f"freeze {settings.schedule.freeze} would leave a body of random weights as it is; pass --pretrained "
                "or --weights FILE|RUN to start from trained ones"
            )
        return None
    path = Path(model.weights).expanduser()
    return _of_run(open_run(path), model.name) if path.is_dir() else _of_file(path, model.name)


def _of_publisher(found: Published, tensors: dict[str, Tensor]) -> Weights:
    return Weights(found.title, tensors, found.mean, found.std, (found.side, found.side))


def _of_file(path: Path, model: str) -> Weights:
    """A file tells nothing of its images; one with the head of the published weights is taken for a copy of them."""
    tensors = read_weights_file(path)
    if model in PUBLISHED:
        found = published(model)
        if any(value.ndim == 2 and len(value) == found.num_classes for value in tensors.values()):
            return Weights(str(path), tensors, found.mean, found.std, (found.side, found.side))
    return Weights(str(path), tensors)


def _of_run(run: Run, model: str) -> Weights:
    settings, sheet = run.settings(), run.sheet()
    if settings.model.name != model:
        raise SettingsError(
            f"{run.path} trained a {settings.model.name}, not a {model}; pass --model {settings.model.name}"
        )
    pixels = Pixels.of_sheet(sheet, to=settings.data.pixels)
    tensors = read_model(run.checkpoint_path("best"))
    height, width = sheet["image_size"]
    return Weights(f"run {run.path}", tensors, pixels.mean, pixels.std, (height, width))


def stem_for(tensors: Mapping[str, Tensor], *, image_size: tuple[int, int]) -> str:
    """The stem of a ResNet that takes these weights: that of 3x3 filters, or of 7x7 with or without its stride.

    At 64 pixels and below 7x7 filters go without stride and pool, so that a 28x28 image has at layer1 the map that
    the weights have seen of a 112x112 one, and nothing has to be enlarged.
    """
    filters = tensors.get("conv1.weight")
    if filters is not None and filters.shape[-1] == 3:
        return "small"
    return "wide" if max(image_size) <= _SMALL else "standard"
