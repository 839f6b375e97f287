import resource

import pytest
import torch
from safetensors.torch import save_file

from builders import CPU, OPTIMISERS, differing, optim, random_batches, small_net, tensors_of
from fudemoji.engine.average import Average
from fudemoji.engine.loop import Plan, train
from fudemoji.engine.optim import Optimiser
from fudemoji.engine.schedule import constant
from fudemoji.engine.state import Progress, State, load_state, load_weights, save_state, save_weights
from fudemoji.errors import RunError, TrainingFailed


def fresh(opt="adamw", *, seed=0, ema=0.9, **shape):
    net = small_net(seed=seed, **shape)
    return State(net, Optimiser(net, optim(opt)), Average(net, decay=ema) if ema else None)


def trained(state, *, to):
    plan = Plan(total_steps=to, lr_at=constant(peak=0.01), momentum_at=lambda _: 0.9, event_seconds=0.0)
    list(train(state, random_batches(), plan, runtime=CPU))
    return state


def everything(state):
    """Model, average and optimiser as one dict of tensors."""
    found = {f"model/{name}": value for name, value in tensors_of(state.model).items()}
    if state.average:
        found |= {f"average/{name}": value for name, value in tensors_of(state.average.model).items()}
    return found | {f"optimiser/{name}": value.clone() for name, value in state.optimiser.tensors()}


@pytest.fixture
def path(tmp_path):
    """Where the last checkpoint of a run lies."""
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    return tmp_path / "run" / "checkpoints" / "last.safetensors"


@pytest.mark.parametrize("opt", OPTIMISERS)
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_a_checkpoint_comes_back_bit_for_bit(path, opt, ema):
    state = trained(fresh(opt, ema=ema), to=5)
    state.progress.best_score, state.progress.train_seconds = 0.1 + 0.2, 1 / 3
    state.progress.best_figures = {"accuracy": 0.1 + 0.2, "balanced_accuracy": 2 / 3}
    save_state(path, state)
    back = fresh(opt, ema=ema, seed=1)
    load_state(path, back)
    assert differing(everything(back), everything(state)) == []
    assert back.progress == state.progress
    assert [value.dtype for value in everything(back).values()] == [
        v.dtype for v in everything(state).values()
    ]


@pytest.mark.parametrize("opt", OPTIMISERS)
def test_a_training_that_goes_on_from_a_checkpoint_ends_like_the_unbroken_one(path, opt):
    unbroken = trained(fresh(opt), to=9)
    save_state(path, trained(fresh(opt), to=4))
    back = fresh(opt, seed=1)
    load_state(path, back)
    assert differing(everything(trained(back, to=9)), everything(unbroken)) == []


def test_filters_keep_their_channels_last_layout_and_so_does_the_optimiser(path):
    shape = (3, 6, 6)
    state, back = (
        State(net, Optimiser(net, optim("sgd")))
        for net in (small_net(shape=shape, seed=s).to(memory_format=torch.channels_last) for s in (0, 1))
    )
    images = torch.randn(4, *shape).contiguous(memory_format=torch.channels_last)
    state.model(images).square().mean().backward()
    state.optimiser.set(lr=0.1, momentum=0.9)
    state.optimiser.step()
    save_state(path, state)
    load_state(path, back)
    assert back.model[0].weight.is_contiguous(memory_format=torch.channels_last)
    momentum = dict(back.optimiser.tensors())["momentum_buffer/0.weight"]
    assert momentum.is_contiguous(memory_format=torch.channels_last)
    assert differing(everything(back), everything(state)) == []


def test_weights_come_back_with_the_facts_stored_with_them(path):
    net, back = small_net(), small_net(seed=1)
    save_weights(path, net, {"step": 7, "note": "筆"})
    assert load_weights(path, back) == {"step": 7, "note": "筆"}
    assert differing(tensors_of(net), tensors_of(back)) == []


def test_the_checkpoint_before_the_last_stays_as_previous(path):
    state = trained(fresh(), to=2)
    save_state(path, state)
    first = path.read_bytes()
    save_state(path, trained(state, to=4))
    assert path.with_name("previous.safetensors").read_bytes() == first
    assert sorted(p.name for p in path.parent.iterdir()) == ["last.safetensors", "previous.safetensors"]
    back = fresh()
    load_state(path.with_name("previous.safetensors"), back)
    assert back.progress.step == 2


# --- damage ----------------------------------------------------------------------------------------------------


def test_a_missing_checkpoint_is_told_with_its_path(path):
    with pytest.raises(RunError, match=r"^no checkpoint .*/checkpoints/last\.safetensors$"):
        load_state(path, fresh())


@pytest.mark.parametrize("keep", [0, 4, 100, 0.5, 0.99])
def test_a_truncated_checkpoint_is_damaged_and_the_previous_one_is_offered(path, keep):
    state = trained(fresh(), to=2)
    save_state(path, state)
    save_state(path, trained(state, to=4))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if keep < 1 else keep])
    with pytest.raises(
        RunError,
        match=r"last\.safetensors is damaged \(.*\); go on from the one before it with "
        r"`fudemoji resume .*/run --checkpoint previous`$",
    ):
        load_state(path, fresh())


def test_a_flipped_bit_anywhere_is_noticed(path):
    state = trained(fresh(), to=2)
    save_state(path, state)
    whole = path.read_bytes()
    start = int.from_bytes(whole[:8], "little") + 8
    places = [*range(0, 300, 3), *range(300, start, 101), *range(start, len(whole), 331), len(whole) - 1]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(RunError, match=r"last\.safetensors is (damaged|no checkpoint of this version)"):
            load_state(path, fresh())


def test_a_flipped_weight_is_told_by_its_sha_256(path):
    save_weights(path, small_net(), {})
    flipped = bytearray(path.read_bytes())
    flipped[-1] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(RunError, match=r"is damaged \(its SHA-256 is not the stored one\)$"):
        load_weights(path, small_net())


def test_previous_is_not_offered_where_there_is_none_and_not_for_itself(path):
    path.write_bytes(b"x")
    with pytest.raises(RunError, match=r"is damaged \([^)]*\)$"):
        load_state(path, fresh())
    previous = path.with_name("previous.safetensors")
    previous.write_bytes(b"x")
    with pytest.raises(RunError, match=r"previous\.safetensors is damaged \([^)]*\)$"):
        load_state(previous, fresh())


def test_a_safetensors_file_of_somebody_else_is_no_checkpoint(path):
    save_file(tensors_of(small_net()), path)
    with pytest.raises(RunError, match=r"is no checkpoint of this version of fudemoji$"):
        load_weights(path, small_net())


def test_a_checkpoint_of_another_model_is_refused_and_says_where_they_differ(path):
    save_state(path, trained(fresh(), to=2))
    with pytest.raises(RunError, match=r"belongs to another model: 0\.weight differs, and 1 more$"):
        load_state(path, fresh(shape=(3, 5, 5)))
    other = torch.nn.Sequential(torch.nn.Linear(2, 2))
    with pytest.raises(RunError, match=r"belongs to another model: 0\.weight differs, and \d+ more$"):
        load_weights(path, other)


def test_a_checkpoint_without_the_average_that_is_asked_for_is_refused(path):
    save_state(path, trained(fresh(ema=0.0), to=2))
    with pytest.raises(RunError, match="belongs to another model"):
        load_state(path, fresh())


def test_weights_that_are_no_numbers_are_not_written(path):
    state = trained(fresh(), to=2)
    save_state(path, state)
    before = path.read_bytes()
    with torch.no_grad():
        state.model[0].weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(
        TrainingFailed, match=r"last\.safetensors is not written: model/0\.weight is no longer finite$"
    ):
        save_state(path, state)
    assert path.read_bytes() == before


def test_a_full_disk_loses_nothing(path):
    """A limit on the size of files stands in for the disk: the write really fails in the middle."""
    state = trained(fresh(), to=2)
    save_state(path, state)
    before = path.read_bytes()
    trained(state, to=4)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(
            RunError,
            match=r"is not written: File too large; what lay there is whole: make room, ",
        ):
            save_state(path, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    back = fresh()
    load_state(path, back)
    assert back.progress.step == 2
    assert sorted(p.name for p in path.parent.iterdir()) == ["last.safetensors", "previous.safetensors"]


def test_progress_starts_at_nothing():
    assert Progress() == Progress(0, 0.0, 0, 0.0, -1.0, {}, 0)
