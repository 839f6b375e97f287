# N images, B of them in a batch, C channels, H x W pixels, K classes

import numpy as np
import pytest
import torch
from torch import nn

from builders import CPU, glyphs, labelled_glyphs, motions, small_net
from fudemoji.data.batches import Pixels, Store
from fudemoji.engine import inference
from fudemoji.engine.inference import predict_probs, predict_split
from fudemoji.engine.results import Scored, record
from fudemoji.errors import DataError
from fudemoji.metrics import LogitsKeeper, summarise
from fudemoji.runs import Run
from fudemoji.runtime import Runtime

PIXELS = Pixels((40.0,), (60.0,))
SHAPE = (1, 12, 12)


@pytest.fixture
def net():
    return small_net(shape=SHAPE, dropout=0.5)


def by_hand(net, images_BCHW):
    """Evaluation mode written out: running statistics, no dropout, softmax."""
    conv, norm, _, _, _, head = net
    x = (torch.from_numpy(images_BCHW).double() - 40) / 60
    x = nn.functional.conv2d(x, conv.weight.double(), padding=1)
    mean, var = norm.running_mean.double(), norm.running_var.double()
    x = (x - mean[:, None, None]) / (var[:, None, None] + norm.eps).sqrt()
    x = x * norm.weight.double()[:, None, None] + norm.bias.double()[:, None, None]
    logits = x.clamp(min=0).flatten(1) @ head.weight.double().T + head.bias.double()
    return (logits.exp() / logits.exp().sum(1, keepdim=True)).detach()


def test_probabilities_are_those_of_evaluation_mode_written_out(net):
    images = glyphs(16, 0).images
    net.train()
    found = predict_probs(net, torch.from_numpy(images), pixels=PIXELS, runtime=CPU)
    assert found.dtype == torch.float32
    assert not net.training
    torch.testing.assert_close(found.double(), by_hand(net, images), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.sum(1), torch.ones(16))


@pytest.mark.parametrize("shifts", [1, 3])
def test_shifts_average_over_the_image_and_its_eight_neighbours(net, shifts):
    images = glyphs(8, 0).images
    padded = np.pad(images, ((0, 0), (0, 0), (shifts, shifts), (shifts, shifts)), mode="edge")
    steps = (0, shifts, 2 * shifts)
    views = [padded[:, :, top : top + 12, left : left + 12] for top in steps for left in steps]
    expected = sum(by_hand(net, np.ascontiguousarray(view)) for view in views) / 9
    found = predict_probs(net, torch.from_numpy(images), pixels=PIXELS, runtime=CPU, shifts=shifts)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shifts", [0, 1])
def test_clips_are_predicted_like_images_and_large_ones_in_small_batches(shifts, monkeypatch):
    data = motions()
    net = nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 4 * 10 * 10, 4))
    clips = torch.from_numpy(data.images[data.indices("test")])
    runtime = Runtime(torch.device("cpu"), "fp32", channels_last=True)
    expected = predict_probs(net, clips, pixels=PIXELS, runtime=runtime, shifts=shifts)
    if not shifts:
        torch.testing.assert_close(expected, net((clips.float() - 40) / 60).softmax(1))
    monkeypatch.setattr("fudemoji.engine.inference._MOST_PIXELS", 3 * 6 * 12 * 12)
    seen = []
    net.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0])))
    found = predict_split(
        net,
        Store(data.images, data.labels, data.indices("test"), device=torch.device("cpu")),
        split="test",
        indices_N=data.indices("test"),
        num_classes=4,
        pixels=PIXELS,
        runtime=runtime,
        shifts=shifts,
    )
    assert max(seen) == 3
    np.testing.assert_allclose(found.top_probs_NT[:, 0], expected.max(1).values.numpy(), rtol=1e-5)


@pytest.mark.parametrize("batch_size", [7, 512])
def test_a_split_is_predicted_whole_and_in_order_whatever_the_batches(net, batch_size):
    data = glyphs(4, 33)
    images, labels = data.split("test")
    found = predict_split(
        net,
        Store(images, labels, np.arange(len(labels)), device=CPU.device),
        split="test",
        indices_N=data.splits["test"],
        num_classes=4,
        pixels=PIXELS,
        runtime=CPU,
        batch_size=batch_size,
    )
    probs = by_hand(net, images).numpy()
    assert found.split == "test"
    assert (found.indices_N == data.splits["test"]).all()
    assert (found.labels_N == labels).all()
    assert (found.predicted_N == probs.argmax(1)).all()
    assert found.top_labels_NT.shape == (33, 4)
    np.testing.assert_allclose(found.top_probs_NT[:, 0], probs.max(1), rtol=1e-4)
    np.testing.assert_allclose(found.label_probs_N, probs[np.arange(33), labels], rtol=1e-4)


def test_a_record_holds_predictions_samples_and_figures(net, tmp_path):
    data = glyphs(4, 33)
    predictions = predict_split(
        net,
        Store(data.images, data.labels, data.indices("test"), device=CPU.device),
        split="test",
        indices_N=data.splits["test"],
        num_classes=4,
        pixels=PIXELS,
        runtime=CPU,
    )
    run, scored = Run(tmp_path), Scored(predictions, 0.5)
    record(run, scored, data.images, shifts=2)
    assert run.read_json("metrics")["shifts"] == 2
    assert run.read_json("metrics")["accuracy"] == summarise(predictions).accuracy
    samples = run.read_arrays("samples")
    assert (samples["images"] == data.images[samples["indices"]]).all()
    assert (run.read_arrays("predictions")["labels"] == data.split("test")[1]).all()
    event = scored.event(step=3, epoch=1.5)
    assert (event.step, event.epoch, event.split, event.num_images, event.seconds) == (
        3,
        1.5,
        "test",
        33,
        0.5,
    )
    assert event.loss == pytest.approx(-np.log(predictions.label_probs_N).mean(), rel=1e-4)


def test_of_equal_logits_the_first_class_is_predicted_and_the_logits_kept_say_the_same():
    class Undecided(nn.Module):
        def forward(self, x_BCHW):
            return x_BCHW.new_tensor([1.0, 3.0, 3.0, 3.0]).repeat(len(x_BCHW), 1)

    data = glyphs(40, 0)
    keeper = LogitsKeeper("train", data.labels, num_classes=4)
    predictions = predict_split(
        Undecided(),
        Store(data.images, data.labels, np.arange(40), device=CPU.device),
        split="train",
        indices_N=np.arange(40),
        num_classes=4,
        pixels=PIXELS,
        runtime=CPU,
        batch_size=16,
        keep=keeper,
    )
    assert predictions.top_labels_NT.tolist() == [[1, 2, 3, 0]] * 40
    assert (keeper.logits.logits_MK.argmax(axis=1) == predictions.predicted_N).all()


def test_probabilities_are_sigmoids_each_for_itself_and_shifts_average_them():
    data, net = labelled_glyphs(8, 8), small_net(shape=(1, 12, 12))
    images = torch.from_numpy(data.images)
    net.eval()
    with torch.no_grad():
        logits = net(Pixels((40.0,), (60.0,)).to_float(images, CPU))
    found = predict_probs(net, images, pixels=Pixels((40.0,), (60.0,)), runtime=CPU, multi_label=True)
    torch.testing.assert_close(found, 1 / (1 + torch.exp(-logits)))
    shifted = predict_probs(
        net, images, pixels=Pixels((40.0,), (60.0,)), runtime=CPU, multi_label=True, shifts=1
    )
    assert not torch.equal(found, shifted)
    assert ((shifted > 0) & (shifted < 1)).all()


def test_all_probabilities_are_kept_where_they_are_asked_for_and_fit(net, monkeypatch):
    data = glyphs(8, 33)
    store = Store(data.images, data.labels, data.indices("test"), device=CPU.device)

    def predicted(**how):
        return predict_split(
            net,
            store,
            split="test",
            indices_N=data.indices("test"),
            num_classes=4,
            pixels=PIXELS,
            runtime=CPU,
            **how,
        )

    whole = predicted(all_probs=True, batch_size=7)
    assert whole.probs_NK.sum(axis=1) == pytest.approx(1)
    assert (whole.probs_NK[np.arange(33), whole.labels_N] == whole.label_probs_N).all()
    assert (np.sort(whole.probs_NK, axis=1)[:, ::-1] == whole.top_probs_NT).all()
    assert predicted().probs_NK is None
    monkeypatch.setattr(inference, "MOST_KEPT", 33 * 4 * 4 - 1)
    assert predicted(all_probs=True).probs_NK is None


def test_a_model_whose_answers_are_no_numbers_is_told_of(net):
    data = glyphs(8, 33)
    store = Store(data.images, data.labels, data.indices("test"), device=CPU.device)
    with torch.no_grad():
        net[5].bias[1] = float("nan")
    with pytest.raises(
        DataError, match=r"^predictions of test: 33 of 33 images have a probability that is no number"
    ):
        predict_split(
            net,
            store,
            split="test",
            indices_N=data.indices("test"),
            num_classes=4,
            pixels=PIXELS,
            runtime=CPU,
        )
