import hashlib

import pytest
import torch
from torch import nn

from builders import random_states
from fudemoji.errors import SettingsError
from fudemoji.models.layers import ClipConv
from fudemoji.runtime import (
    Runtime,
    choose_runtime,
    derive_seed,
    generator,
    isolated_random_state,
    pick_device,
)

CPU = torch.device("cpu")


def test_seeds_are_the_same_on_every_machine_and_for_ever():
    assert derive_seed(0, "epoch", 3) == 928185087805610579
    assert derive_seed(7) == 3390981726289711890


def test_a_seed_is_the_first_63_bits_of_a_hash_of_its_purpose():
    digest = hashlib.sha256(b"(0, 'epoch', 3)").digest()
    assert derive_seed(0, "epoch", 3) == int.from_bytes(digest[:8], "little") // 2


def test_purposes_do_not_share_seeds():
    found = [derive_seed(s, p, n) for s in range(3) for p in ("order", "augment", "step") for n in range(50)]
    assert len(set(found)) == len(found)
    assert derive_seed(1, 2) != derive_seed(12)
    assert all(0 <= seed < 2**63 for seed in found)


def test_a_generator_draws_the_same_numbers_for_the_same_purpose():
    one, same, other = (torch.rand(4, generator=generator(0, "order", n)) for n in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_global_random_states_are_put_back_after_an_isolated_block():
    before = random_states()
    with isolated_random_state(CPU, 0, "step", 1):
        one = torch.rand(3)
    with isolated_random_state(CPU, 0, "step", 1):
        same = torch.rand(3)
    generator(0, "order", 1)
    assert torch.equal(one, same)
    assert random_states() == before


def test_they_are_put_back_after_an_error_too():
    before = random_states()
    with pytest.raises(RuntimeError), isolated_random_state(CPU, 0):
        torch.rand(-1)
    assert random_states() == before


def test_auto_takes_a_device_that_is_there():
    assert torch.empty(1, device=pick_device("auto")).device.type in ("cpu", "cuda", "mps")
    assert pick_device("cpu") == CPU


@pytest.mark.parametrize("name", ["cuda:99", "gpu", "", "cpu:x", "xpu"])
def test_a_device_that_is_not_there_is_told_with_the_ones_to_use(name):
    message = rf"^device '{name}' is not to be had here; use auto, cpu, cuda, cuda:N or mps$"
    with pytest.raises(SettingsError, match=message):
        pick_device(name)


def test_convolutions_get_channels_last_and_a_fully_connected_net_keeps_fp32():
    conv, linear = nn.Sequential(nn.Conv2d(1, 1, 3)), nn.Sequential(nn.Linear(1, 1))
    assert choose_runtime(conv, device=CPU, precision="fp32") == Runtime(CPU, "fp32", channels_last=True)
    assert choose_runtime(linear, device=CPU, precision="auto") == Runtime(CPU, "fp32", channels_last=False)
    assert choose_runtime(linear, device=CPU, precision="bf16").precision == "bf16"
    assert choose_runtime(conv, device=CPU, precision="bf16").memory_format() == torch.channels_last


def test_torchs_padded_3d_convolutions_stay_in_fp32_on_a_cpu_whose_bf16_gradients_are_wrong(monkeypatch):
    monkeypatch.setattr("pathlib.Path.read_text", lambda _: "flags: avx512_bf16")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    conv = nn.Sequential(nn.Conv3d(1, 1, 3, padding=1))
    assert choose_runtime(conv, device=CPU, precision="auto") == Runtime(CPU, "fp32", channels_last=True)
    with pytest.raises(
        SettingsError,
        match=r"^precision bf16 is not for this model on a CPU: .* auto or fp32, or the model c3d$",
    ):
        choose_runtime(conv, device=CPU, precision="bf16")
    for right in (nn.Conv3d(1, 1, 3), ClipConv(1, 1)):
        assert choose_runtime(nn.Sequential(right), device=CPU, precision="auto").precision == "bf16"


def test_auto_asks_the_cpu_whether_it_multiplies_bf16(monkeypatch):
    conv = nn.Sequential(nn.Conv2d(1, 1, 3))
    for flags, expected in (
        ("flags: avx2 avx512_bf16", "bf16"),
        ("flags: amx_bf16", "bf16"),
        ("flags: avx2", "fp32"),
    ):
        monkeypatch.setattr("pathlib.Path.read_text", lambda _, text=flags: text)
        monkeypatch.setattr("platform.machine", lambda: "x86_64")
        assert choose_runtime(conv, device=CPU, precision="auto").precision == expected
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert choose_runtime(conv, device=CPU, precision="auto").precision == "fp32"


def test_autocast_computes_linear_layers_in_the_runs_format():
    linear = nn.Linear(2, 2)
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        with Runtime(CPU, precision, channels_last=False).autocast():
            assert linear(torch.ones(1, 2)).dtype == dtype


def test_a_runtime_says_what_it_is():
    assert str(Runtime(CPU, "bf16", channels_last=True)) == "bf16, channels last"
    described = Runtime(CPU, "fp32", channels_last=False).describe()
    assert (described["device"], described["precision"]) == ("cpu", "fp32, channels first")
