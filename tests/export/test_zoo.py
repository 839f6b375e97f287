"""Every model of the zoo in every format: the same likeliest class, probabilities within 1e-4."""

# N images, C channels, H x W pixels, K classes

import numpy as np
import pytest
import torch

from fudemoji.data.batches import Pixels
from fudemoji.engine.inference import predict_logits
from fudemoji.export.graph import Graph
from fudemoji.export.onnx_file import onnx_answer, write_onnx
from fudemoji.export.parity import answers, check_batches, compare
from fudemoji.export.torchscript_file import torchscript_answer, write_torchscript
from fudemoji.metrics import probabilities
from fudemoji.models import CLIP_MODELS, MODELS, build_model
from fudemoji.runtime import Runtime

HEAVY = ("vgg16_bn", "vgg19_bn", "resnet18", "resnet34", "resnet50", "c3d", "r3d_18")
LIGHT = [name for name in MODELS if name not in HEAVY]
FLOAT32 = Runtime(torch.device("cpu"), "fp32", channels_last=False)
TEMPERATURE = 0.8


def blobs(shape, count):
    """Images of a few large squares, which differ more than noise does."""
    coarse = np.random.default_rng(1).integers(0, 256, (count, *shape), dtype=np.uint8)
    *_, height, width = shape
    return np.ascontiguousarray(coarse[..., np.arange(height) // 8, :][..., np.arange(width) // 8])


def lively(name, images_NCHW, pixels, *, num_classes=6):
    """A model whose batch norms have seen the images and whose logits of them lie apart, as after a training."""
    _, channels, *frames, height, width = images_NCHW.shape
    floats_NCHW = pixels.to_float(torch.from_numpy(images_NCHW[:16]), FLOAT32)
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(0)
        model = build_model(
            name,
            in_channels=channels,
            num_classes=num_classes,
            image_size=(height, width),
            num_frames=frames[0] if frames else 0,
        )
        for _ in range(10 if len(images_NCHW) > 16 else 3):
            model.train()(floats_NCHW)
        logits_NK = model.eval()(floats_NCHW)
        last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
        scale_K = 2 / logits_NK.std(dim=0).clamp_min(1e-6)
        last.bias.copy_((last.bias - logits_NK.mean(dim=0)) * scale_K)
        last.weight *= scale_K[:, None]
    return model


def checked(name, tmp_path, *, kind, channels, size, shifts=0, multi_label=False, num_images=70):
    """Write the model and compare it with what predictions go through."""
    frames = (4,) if name in CLIP_MODELS else ()
    pixels = Pixels((120.0, 90.0, 50.0)[:channels], (60.0, 70.0, 80.0)[:channels])
    images = blobs((channels, *frames, *size), num_images)
    model = lively(name, images, pixels)
    graph = Graph(
        model,
        pixels=pixels,
        ndim=images.ndim,
        shifts=shifts,
        temperature=TEMPERATURE,
        multi_label=multi_label,
    )
    path = tmp_path / "model"
    if kind == "onnx":
        write_onnx(path, graph, torch.from_numpy(images[:2]))
        answer = onnx_answer(path, threads=1)
    else:
        write_torchscript(path, graph, torch.from_numpy(images[:2]), sheet="{}")
        answer = torchscript_answer(path)
    found_NK = answers(answer, images, batch_size=64)
    check_batches(answer, images, found_NK, (1, 2, 7))
    logits = predict_logits(
        model,
        torch.from_numpy(images),
        pixels=pixels,
        runtime=FLOAT32,
        shifts=shifts,
        multi_label=multi_label,
    )
    expected_NK = probabilities(logits.numpy(), temperature=TEMPERATURE, multi_label=multi_label)
    assert len(np.unique(expected_NK.argmax(axis=1))) > 2  # they do not all look alike to it
    assert expected_NK.max(axis=1).mean() > 0.4
    _, num_ties = compare(expected_NK, found_NK)
    assert num_ties == 0


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_answers_alike_as_onnx(tmp_path, name):
    checked(name, tmp_path, kind="onnx", channels=1, size=(28, 28), shifts=1)


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_answers_alike_as_torchscript(tmp_path, name):
    checked(name, tmp_path, kind="torchscript", channels=3, size=(17, 24), shifts=2, multi_label=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_model_answers_alike(tmp_path, name, kind):
    checked(name, tmp_path, kind=kind, channels=3, size=(24, 33), num_images=16)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
@pytest.mark.parametrize(
    "name", ["timm/convnext_atto", "timm/mobilenetv3_small_050", "timm/vit_tiny_patch16_224"]
)
def test_a_model_of_timm_answers_alike(tmp_path, name, kind):
    pytest.importorskip("timm")
    checked(name, tmp_path, kind=kind, channels=3, size=(64, 64), num_images=16)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name not in CLIP_MODELS])
def test_every_model_for_images_answers_alike_in_colour_and_oblong(tmp_path, name):
    checked(name, tmp_path, kind="onnx", channels=3, size=(33, 40), num_images=16)
