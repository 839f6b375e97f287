# N images, B of them in a batch, C channels, H x W pixels, K classes

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from builders import CPU, glyphs, motions, random_states
from fudemoji.config import Augment
from fudemoji.data import batches as batches_module
from fudemoji.data import data_sheet
from fudemoji.data.batches import Batches, Pixels, Store, epoch_order
from fudemoji.data.cache.maps import map_array
from fudemoji.errors import DataError
from fudemoji.runtime import Runtime, generator

EVERYTHING = Augment(
    rotate=10, zoom=0.1, shift=0.1, elastic=1, cutout=0.3, mixup=0.4, cutmix=1.0, mix_share=1
)


def batches(num_images=50, *, size=8, how=None, seed=0, **values):
    data = glyphs(num_images, 0)
    return Batches(
        store=Store(data.images, data.labels, data.indices("train"), device=CPU.device),
        batch_size=size,
        num_classes=4,
        pixels=Pixels((40.0,), (60.0,)),
        runtime=CPU,
        augment=how or Augment(),
        seed=seed,
        **values,
    )


def test_pixels_become_floats_as_by_hand():
    images = np.random.default_rng(0).integers(0, 256, (3, 2, 4, 5)).astype(np.uint8)
    found = Pixels((10.0, 200.0), (2.0, 50.0)).to_float(torch.from_numpy(images), CPU)
    expected = (images - np.array([10.0, 200.0])[:, None, None]) / np.array([2.0, 50.0])[:, None, None]
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_standard_pixels_have_mean_0_and_deviation_1_and_unit_pixels_run_from_0_to_1():
    data = glyphs(40, 40)
    train = torch.from_numpy(data.split("train")[0])
    sheet = data_sheet(data)
    standard = Pixels.of_sheet(sheet, to="standard").to_float(train, CPU)
    assert standard.mean().abs() < 1e-4
    assert standard.std(correction=0) == pytest.approx(1, abs=1e-4)
    unit = Pixels.of_sheet(sheet, to="unit").to_float(torch.tensor([[[[0, 255]]]], dtype=torch.uint8), CPU)
    assert unit.flatten().tolist() == pytest.approx([0, 1])


def test_images_that_are_all_alike_divide_by_nothing():
    pixels = Pixels.of_sheet({"channels": 1, "mean": [7.0], "std": [0.0]}, to="standard")
    assert pixels.to_float(torch.full((1, 1, 2, 2), 7, dtype=torch.uint8), CPU).abs().max() == 0


def test_images_come_in_the_runtimes_layout():
    images = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    runtime = Runtime(torch.device("cpu"), "bf16", channels_last=True)
    found = Pixels((0.0,) * 3, (1.0,) * 3).to_float(images, runtime)
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert found.dtype == torch.float32


def test_clips_become_floats_channel_by_channel_in_the_layout_of_clips():
    clips = torch.randint(0, 256, (2, 3, 5, 4, 6), dtype=torch.uint8)
    pixels = Pixels((10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    found = pixels.to_float(clips, Runtime(torch.device("cpu"), "bf16", channels_last=True))
    assert found.is_contiguous(memory_format=torch.channels_last_3d)
    for channel, (mean, std) in enumerate([(10, 2), (20, 4), (30, 8)]):
        torch.testing.assert_close(found[:, channel], (clips[:, channel].float() - mean) / std)


@pytest.mark.parametrize(
    "how", [Augment(), Augment(rotate=10, cutout=0.3), Augment(mixup=0.4, cutmix=1.0, mix_share=1.0)]
)
def test_batches_of_clips_keep_their_axes_and_their_layout(how):
    data = motions()
    made = Batches(
        store=Store(data.images, data.labels, data.indices("train"), device=torch.device("cpu")),
        batch_size=8,
        num_classes=4,
        pixels=Pixels.of_sheet(data_sheet(data), to="standard"),
        runtime=Runtime(torch.device("cpu"), "fp32", channels_last=True),
        augment=how,
        seed=0,
    )
    clips, targets = made.at(0)
    assert clips.shape == (8, 1, 6, 12, 12)
    assert clips.is_contiguous(memory_format=torch.channels_last_3d)
    assert targets.shape == ((8, 4) if how.mixup else (8,))
    if how == Augment():
        expected = torch.from_numpy(data.images[data.indices("train")[made.indices(0)]])
        torch.testing.assert_close(clips, made.pixels.to_float(expected, made.runtime))


def test_an_epoch_visits_each_image_at_most_once_and_leaves_out_less_than_a_batch():
    made = batches(50, size=8)
    assert made.steps_per_epoch == 6
    for epoch in range(3):
        seen = torch.cat([made.indices(6 * epoch + step) for step in range(6)]).tolist()
        assert len(set(seen)) == len(seen) == 48
        assert set(seen) < set(range(50))


def test_the_images_left_out_are_others_in_another_epoch():
    made = batches(50, size=8)
    left = [
        set(range(50)) - set(torch.cat([made.indices(6 * e + s) for s in range(6)]).tolist())
        for e in range(9)
    ]
    assert len({frozenset(out) for out in left}) > 1


def test_the_order_of_an_epoch_is_the_permutation_of_seed_and_epoch():
    made = batches(50, size=8, seed=3)
    order = torch.randperm(50, generator=generator(3, "order", 2))
    assert torch.equal(made.indices(12), order[:8])
    assert torch.equal(made.indices(17), order[40:48])
    assert not torch.equal(epoch_order(3, 0, 50), epoch_order(3, 1, 50))
    assert not torch.equal(epoch_order(3, 0, 50), epoch_order(4, 0, 50))


@pytest.mark.parametrize("how", [Augment(), EVERYTHING])
def test_any_batch_can_be_found_again_by_its_step_alone(how):
    steps = [0, 5, 6, 7, 13, 40]
    first = {step: batches(how=how).at(step) for step in steps}
    made = batches(how=how)
    for step in reversed(steps):
        images, targets = made.at(step)
        assert torch.equal(images, first[step][0])
        assert torch.equal(targets, first[step][1])


def test_another_seed_gives_other_batches_and_drawing_touches_no_global_state():
    before = random_states()
    one, other = batches(how=EVERYTHING, seed=0).at(3)[0], batches(how=EVERYTHING, seed=1).at(3)[0]
    assert not torch.equal(one, other)
    assert random_states() == before


def test_a_batch_holds_the_images_and_labels_of_its_indices():
    data, made = glyphs(50, 0), batches(50)
    images_BCHW, labels_B = made.at(4)
    chosen = made.indices(4).numpy()
    assert images_BCHW.shape == (8, 1, 12, 12)
    assert images_BCHW.dtype == torch.float32
    assert labels_B.dtype == torch.int64
    assert labels_B.tolist() == data.labels[chosen].tolist()
    np.testing.assert_allclose(images_BCHW.numpy(), (data.images[chosen] - 40.0) / 60, rtol=1e-5, atol=1e-5)


def test_mixed_targets_are_shares_that_sum_to_one():
    images_BCHW, targets_BK = batches(how=EVERYTHING).at(0)
    assert images_BCHW.shape == (8, 1, 12, 12)
    assert targets_BK.shape == (8, 4)
    torch.testing.assert_close(targets_BK.sum(1), torch.ones(8))


def test_the_last_clean_steps_are_not_augmented():
    made, plain = batches(how=EVERYTHING, clean_from=5), batches()
    assert not torch.equal(made.at(4)[0], plain.at(4)[0])
    images, targets = made.at(5)
    assert torch.equal(images, plain.at(5)[0])
    assert torch.equal(targets, plain.at(5)[1])


def test_a_batch_larger_than_the_set_is_the_whole_set():
    made = batches(5, size=128)
    assert (made.images_per_step, made.steps_per_epoch) == (5, 1)
    assert sorted(made.indices(9).tolist()) == [0, 1, 2, 3, 4]


def test_the_set_itself_stays_as_it_is():
    data = glyphs(20, 0)
    before = data.images.copy()
    store = Store(data.images, data.labels, np.arange(len(data)), device=CPU.device)
    made = dataclasses.replace(batches(20, how=EVERYTHING), store=store)
    made.at(0)[0].fill_(7)
    assert (data.images == before).all()


def test_no_images_at_all_say_so():
    data = glyphs(20, 0)
    empty = Store(data.images, data.labels, np.arange(0), device=CPU.device)
    with pytest.raises(DataError, match=r"^there are no training images$"):
        dataclasses.replace(batches(), store=empty)


@pytest.mark.parametrize("most", [1 << 30, 1 << 10])
@pytest.mark.parametrize("reads_files", [True, False])
def test_batches_from_a_map_are_those_from_memory(tmp_path, monkeypatch, most, reads_files):
    images = np.random.default_rng(0).integers(0, 256, (50, 3, 8, 8), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    monkeypatch.setattr(batches_module, "_MAPPED_BYTES", most)
    if not reads_files:
        monkeypatch.setattr(batches_module, "row_file", lambda _: None)
    mapped = map_array(tmp_path / "images.npy")
    labels, indices = np.arange(50), np.arange(49, 9, -1)
    stores = [Store(source, labels, indices, device=torch.device("cpu")) for source in (images, mapped)]
    for _ in range(3):
        wanted = torch.randint(40, (16,))
        (expected, _), (found, found_labels) = (store.take(wanted) for store in stores)
        assert torch.equal(found, expected)
        assert torch.equal(found_labels, torch.from_numpy(labels[indices])[wanted])


def test_a_set_much_larger_than_the_limit_leaves_the_resident_size_as_it_is(tmp_path):
    code = f"""
from pathlib import Path
import numpy as np, torch
from fudemoji.data.batches import Store
from fudemoji.data.cache.maps import map_array
def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
images = map_array(Path({str(tmp_path / "images.npy")!r}))
store = Store(images, np.zeros(len(images), np.int64), np.arange(len(images)), device=torch.device("cpu"))
order, before = torch.randperm(len(images)), resident()
for start in range(0, len(images), 128):
    store.take(order[start : start + 128])
print(resident() - before)
"""
    images = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, (28_000, 3, 64, 64))
    images[::50] = 1
    del images
    if not Path("/proc/self/status").exists():
        pytest.skip("the resident size is read from /proc")
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(grown) < 64  # MiB, of 328
