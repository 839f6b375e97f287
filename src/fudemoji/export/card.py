"""README.md: the model card."""

# K classes

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from fudemoji.export.front import FIGURES, front_matter
from fudemoji.export.int8 import Quantised
from fudemoji.export.parity import Parity
from fudemoji.export.sheet import ExportSheet
from fudemoji.trust import Trust

__all__ = ["Facts", "card", "example_code"]

_INSTALLS = {
    "onnx": "pip install numpy pillow onnxruntime",
    "torchscript": "pip install numpy pillow torch",
    "safetensors": "pip install fudemoji",
}
_NUMBERS = ("hamming_loss", "loss", "calibration_error")
_NUM_WEAKEST = 3


@dataclass(frozen=True)
class Facts:
    """What a card is written from.

    Attributes:
        sheet: fudemoji.json.
        data: the run's data.json.
        metrics: its metrics.json; empty where it was not measured.
        trust: its trust.json.
        parity: how the file compared.
        quantised: what int8 cost; None where the file is in float32.
        num_bytes: size of the file.
        num_parameters: of the model.
    """

    sheet: ExportSheet
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    trust: Trust
    parity: Parity
    quantised: Quantised | None
    num_bytes: int
    num_parameters: int


def card(facts: Facts) -> str:
    """The whole of README.md."""
    sheet = facts.sheet
    axes = "C, T, H, W" if sheet.input.frames else "C, H, W"
    sizes = [sheet.input.channels, sheet.input.frames, sheet.input.height, sheet.input.width]
    return (
        _templates()
        .get_template("card.md")
        .render(
            front=front_matter(sheet, facts.metrics),
            title=sheet.origin.run,
            summary=_summary(facts),
            sheet=sheet,
            origin=sheet.origin,
            size=f"{facts.num_bytes / 1e6:,.1f} MB",
            shape=f"(N, {axes}) = (N, {', '.join(str(size) for size in sizes if size)})",
            parameters=facts.num_parameters,
            install=_INSTALLS[sheet.kind],
            example=example_code(sheet),
            note_on_use=_note_on_use(sheet),
            measured=facts.metrics,
            figures=list(_figures(facts.metrics)),
            weakest=_weakest(facts),
            calibration=[{"split": name, **one.model_dump()} for name, one in facts.trust.splits.items()],
            uncalibrated=facts.trust.temperature_note,
            rule=_rule(facts),
            limits=list(_limits(facts)),
            data=_data(facts),
            checks=list(_checks(facts)),
        )
    )


def example_code(sheet: ExportSheet) -> str:
    """A program that reads `image.png` (or the frames in `frames/`) with the exported file."""
    if sheet.kind == "safetensors":
        image = "video.mp4" if sheet.input.frames else "image.png"
        return f'from fudemoji.export import load_exported\n\npredict = load_exported(".")\nprint(predict("{image}"))'
    template = _templates().get_template("example.py.txt")
    return template.render(sheet=sheet, filter=sheet.prepare.resampling.upper()).strip()


def _summary(facts: Facts) -> str:
    sheet = facts.sheet
    what = "clips" if sheet.input.frames else str(facts.data.get("kind", "images"))
    classes = ", ".join(c.glyph or c.id for c in sheet.classes[:12])
    more = " and more" if len(sheet.classes) > 12 else ""
    several = "any of" if sheet.multi_label else "one of"
    return f"Reads {what} as {several} {len(sheet.classes):,} classes: {classes}{more}."


def _note_on_use(sheet: ExportSheet) -> str:
    if sheet.kind == "safetensors":
        return (
            "The tensors carry the names that they have in the model (those of ResNets, VGG and r3d_18 are "
            "torchvision's, those of `timm/...` timm's); any safetensors library reads them. Pixels become floats as "
            "`(pixel - mean) / std`, and logits probabilities by the temperature; `fudemoji.json` has the numbers."
        )
    own = (
        'With fudemoji installed, `fudemoji.export.load_exported(".")` answers for files, arrays and videos.'
    )
    if sheet.kind == "onnx":
        return f"The file's metadata hold the whole of `fudemoji.json` too. {own}"
    return f"`fudemoji.json` lies inside the file too, as an extra file. {own}"


def _figures(metrics: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    bounds = metrics.get("intervals", {}).get("figures", {})
    for name, told in FIGURES.items():
        if metrics.get(name) is None:
            continue
        say = "{:.4f}".format if name in _NUMBERS else "{:.2%}".format
        between = " to ".join(map(say, bounds[name])) if name in bounds else ""
        yield {"told": told, "value": say(metrics[name]), "between": between}


def _weakest(facts: Facts) -> str:
    recalls = facts.metrics.get("recall", ())
    missed = [k for k, count in enumerate(facts.metrics.get("support", ())) if count and recalls[k] < 1]
    weakest = sorted(missed, key=lambda k: recalls[k])[:_NUM_WEAKEST]
    classes = facts.sheet.label_classes
    return ", ".join(f"{classes[k]} ({recalls[k]:.1%} of {facts.metrics['support'][k]})" for k in weakest)


def _rule(facts: Facts) -> str:
    thresholds, rule = facts.sheet.trust.thresholds, facts.trust.rule
    if facts.sheet.multi_label:
        return f"A label is given where its probability lies above its threshold ({_span(thresholds)}); or none is."
    if not max(thresholds):
        return "There is no threshold: every image gets its likeliest class."
    chosen = {
        "known": "so that {} of the validation images are kept",
        "accuracy": "so that {} of what is kept is right",
    }
    why = chosen.get(rule.wanted, f"for a {rule.wanted} of {{}} on the validation images")
    return (
        f"An answer whose probability is {_span(thresholds)} or less is better called unknown; that was chosen "
        f"{why.format(f'{rule.share or 0:.1%}')}."
    )


def _span(thresholds_K: list[float]) -> str:
    low, high = min(thresholds_K), max(thresholds_K)
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}, by class,"


def _limits(facts: Facts) -> Iterator[str]:
    sheet, data = facts.sheet, facts.data
    size = f"{sheet.input.height}x{sheet.input.width}"
    yield f"It knows these {len(sheet.classes):,} classes and nothing else; other images are often taken for one."
    yield f"Every image is brought to {size} pixels ({sheet.prepare.fit}); what is smaller than that is lost."
    yield "It was measured on images like those it learnt from; other sources, scans and hands are read less well."
    if data.get("synthetic"):
        yield "The images it learnt from were drawn by a program; real ones differ from them."
    counts = [(c["counts"].get("train", 0), sheet.label_classes[k]) for k, c in enumerate(data["classes"])]
    fewest, rarest = min(counts, key=lambda pair: pair[0])
    yield f"The rarest class, {rarest}, had {fewest:,} images to learn from."
    if sheet.prepare.inverted:
        yield (
            f"An image on {sheet.prepare.inverted} ground is inverted before it is read: the training images have the "
            "other ground. This happens outside of the file."
        )
    if facts.quantised:
        yield "It computes in 8-bit integers: its probabilities differ from those of the run in their second digit."
    if facts.metrics and facts.metrics.get("shifts", 0) != sheet.model.shifts:
        yield (
            f"The figures above are averaged over shifts of {facts.metrics.get('shifts', 0)} pixels, this file over "
            f"{sheet.model.shifts}."
        )


def _data(facts: Facts) -> str:
    origin, data = facts.sheet.origin, facts.data
    splits = ", ".join(f"{count:,} {name}" for name, count in data["splits"].items())
    told = f"{origin.data}: {data['num_images']:,} images ({splits}). "
    told += f"Licence: {origin.licence}." if origin.licence else "Their licence is not known to us."
    if origin.credit:
        told += f"\n\nCredit: {origin.credit}"
    return (
        told + "\n\nWhoever publishes this model chooses its licence; it should respect that of the images."
    )


def _checks(facts: Facts) -> Iterator[str]:
    parity, quantised = facts.parity, facts.quantised
    batches = ", ".join(map(str, parity.batches))
    what = "The float32 file that it was made from" if quantised else "The file"
    yield (
        f"{what} was read back and compared with the run, computed by PyTorch in float32, on {parity.num_images:,} "
        f"{parity.images} and {parity.num_noise} of noise, in batches of {batches}: the same answer for every real "
        f"image{f', {parity.num_ties} ties excepted' if parity.num_ties else ''}; probabilities differ by "
        f"{parity.greatest:.1e} at most ({parity.tolerance:g} is allowed)."
    )
    if quantised is None:
        return
    yield (
        f"Int8: the ranges of the activations come from {quantised.num_calibration:,} training images. On "
        f"{quantised.num_valid:,} validation images the {quantised.measure} is {quantised.after:.2%}, in float32 "
        f"{quantised.before:.2%} (a loss of {quantised.most_lost:.1%} is allowed); {quantised.agreement:.2%} of the "
        "images get the same likeliest class."
    )
    yield (
        f"Int8: {quantised.bytes_after / 1e6:,.2f} MB instead of {quantised.bytes_before / 1e6:,.2f}; one image takes "
        f"{quantised.one_after:.2f} ms instead of {quantised.one_before:.2f}, in a batch of {quantised.batch} "
        f"{quantised.batch_after:.2f} ms instead of {quantised.batch_before:.2f} (onnxruntime, CPU)."
    )


@functools.cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    environment = jinja2.Environment(
        loader=loader,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 (Markdown)
    )
    environment.filters["thousands"] = "{:,}".format
    return environment
