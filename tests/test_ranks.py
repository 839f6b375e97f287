import copy

import pytest
import torch

from fudemoji.errors import SettingsError
from fudemoji.launch import Launch
from fudemoji.ranks import ALONE, Ranks, _check_device, slice_sizes


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("slices", [[130], [5, 5, 3], [7]])
def test_every_image_of_a_batch_is_on_one_rank_and_parts_differ_by_one(size, slices):
    parts = [Ranks(Launch(rank=rank, size=size)).rows(slices) for rank in range(size)]
    assert sorted(torch.cat(parts).tolist()) == list(range(sum(slices)))
    if len(slices) == 1:
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(("num_images", "number"), [(1, 1), (10, 3), (10, 4), (9, 4), (3, 8)])
def test_slices_are_those_of_torch(num_images, number):
    assert slice_sizes(num_images, number=number) == [
        len(part) for part in torch.arange(num_images).chunk(number)
    ]


def test_alone_nothing_changes():
    tensor = torch.arange(3.0)
    assert ALONE.add_up(tensor) is tensor
    assert (ALONE.any(True), ALONE.any(False), ALONE.from_first(7)) == (True, False, 7)
    assert ALONE.prepared(lambda: "a") + ALONE.together(lambda: "b") + ALONE.by_first(lambda: "c") == "abc"
    assert ALONE.texts("x") == ["x"]
    assert copy.deepcopy([ALONE])[0] is ALONE


def test_more_ranks_than_graphics_cards_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    message = "^8 ranks on a machine with 4 GPUs; start as many ranks as GPUs, or pass --device cpu$"
    with pytest.raises(SettingsError, match=message):
        _check_device("auto", Launch(size=16, local_size=8))
    _check_device("cpu", Launch(size=16, local_size=8))
    _check_device("cuda", Launch(size=16, local_size=4))
