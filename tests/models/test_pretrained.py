import hashlib
import re

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

from fudemoji.errors import SettingsError
from fudemoji.models import build_model
from fudemoji.models import published as module
from fudemoji.models.pretrained import Weights, fit_weights, in_channels, read_weights_file
from fudemoji.models.published import PUBLISHED, find_published, published


def build(name, *, seed=0, **values):
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return build_model(name, **{"in_channels": 3, "num_classes": 4, "image_size": 32, **values})


def state(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


@pytest.fixture(scope="module")
def theirs():
    """The state dict of torchvision's ResNet-18, untrained: names and shapes of the published one."""
    with torch.random.fork_rng([]):
        torch.manual_seed(1)
        return torchvision.models.resnet18(num_classes=1000).state_dict()


# --- fitting ---------------------------------------------------------------------------------------------------


def test_torchvisions_tensors_go_into_the_body_and_the_head_stays_as_it_was_made(theirs):
    model = build("resnet18", stem="wide")
    head = model.fc.weight.clone()
    fitted = fit_weights(model, Weights("w", theirs), name="resnet18")
    mine = model.state_dict()
    assert torch.equal(model.fc.weight, head)
    assert model.fc.out_features == 4
    assert all(torch.equal(value, mine[name]) for name, value in theirs.items() if not name.startswith("fc."))
    assert str(fitted) == "100 of 100 tensors of the body; the head is new"


def test_grey_images_see_what_three_equal_channels_saw(theirs):
    colour, grey = build("resnet18", stem="wide"), build("resnet18", in_channels=1, stem="wide")
    fit_weights(colour, Weights("w", theirs), name="resnet18")
    fitted = fit_weights(grey, Weights("w", theirs), name="resnet18")
    images = torch.randn(2, 1, 32, 32)
    colour.eval(), grey.eval()
    grey.fc = colour.fc
    torch.testing.assert_close(grey(images), colour(images.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-4)
    assert fitted.adapted == "the filters of conv1.weight are summed over 3 channels, for grey images"


@pytest.mark.parametrize(("ins", "outs"), [(1, 3), (3, 4), (3, 6)])
def test_other_counts_of_channels_keep_the_sum_over_equal_channels(ins, outs):
    filters = torch.randn(5, ins, 3, 3)
    ones = torch.ones(5, 1, 3, 3)
    adapted = in_channels(filters, num_channels=outs)
    assert adapted.shape == (5, outs, 3, 3)
    if outs % ins == 0:
        torch.testing.assert_close((adapted * ones).sum(1), (filters * ones).sum(1))


def test_repeated_channels_are_told(theirs):
    fitted = fit_weights(build("resnet18", in_channels=4, stem="wide"), Weights("w", theirs), name="resnet18")
    assert (
        fitted.adapted == "the filters of conv1.weight are repeated from 3 to 4 channels and scaled by 0.75"
    )


def test_tensors_that_do_not_match_are_listed_with_names_and_shapes(theirs):
    model = build("resnet18", stem="small")
    before = model.conv1.weight.clone()
    fitted = fit_weights(model, Weights("w", {**theirs, "extra": torch.zeros(2, 3)}), name="resnet18")
    assert torch.equal(model.conv1.weight, before)
    assert str(fitted) == (
        "99 of 100 tensors of the body; the head is new; 2 did not match: "
        "conv1.weight (64x3x7x7) for (64x3x3x3), extra (2x3) to spare"
    )


def test_many_that_do_not_match_are_counted(theirs):
    spare = {f"extra{n}": torch.zeros(1) for n in range(5)}
    fitted = fit_weights(build("resnet18", stem="wide"), Weights("w", {**theirs, **spare}), name="resnet18")
    assert str(fitted).endswith(
        "5 did not match: extra0 (1) to spare, extra1 (1) to spare, extra2 (1) to spare and 2 more"
    )


@pytest.mark.parametrize(
    ("name", "count"), [("resnet34", "99 of 180"), ("resnet50", "76 of 265"), ("fude-s", "0 of ")]
)
def test_another_architecture_is_refused_with_the_one_that_fits(theirs, name, count):
    model = build(name)
    before = state(model)
    with pytest.raises(
        SettingsError,
        match=rf"^w\.pth is of another architecture than {name}: {count}.*; it fits resnet18: pass --model resnet18$",
    ):
        fit_weights(model, Weights("w.pth", theirs), name=name)
    assert all(torch.equal(value, before[n]) for n, value in model.state_dict().items())


def test_weights_of_a_deeper_net_are_refused_though_all_of_ours_are_in_them():
    with pytest.raises(
        SettingsError, match=r"100 of 100 tensors fit; it fits resnet34: pass --model resnet34$"
    ):
        fit_weights(build("resnet18"), Weights("w", build("resnet34").state_dict()), name="resnet18")


def test_weights_of_nothing_we_know_say_so():
    with pytest.raises(
        SettingsError,
        match=r"^w is of another architecture than mlp: 0 of 4 tensors fit, and it fits none of c3d, .*; the first: a$",
    ):
        fit_weights(build("mlp"), Weights("w", {"a": torch.zeros(1)}), name="mlp")


@pytest.mark.parametrize("name", ["mlp", "cnn", "fude-s", "fude-m", "keras-cats-dogs"])
def test_each_small_net_takes_its_own_weights(name):
    one, other = build(name, seed=1), build(name, seed=2)
    assert fit_weights(other, Weights("w", one.state_dict()), name=name).left == ()


def test_pixels_follow_the_weights_for_any_count_of_channels():
    weights = Weights("w", {}, mean=(90.0, 120.0, 150.0), std=(50.0, 60.0, 70.0))
    assert weights.pixels(3) == {"mean": [90.0, 120.0, 150.0], "std": [50.0, 60.0, 70.0]}
    assert weights.pixels(1) == {"mean": [120.0], "std": [60.0]}
    assert Weights("w", {}, mean=(90.0,), std=(50.0,)).pixels(3) == {"mean": [90.0] * 3, "std": [50.0] * 3}
    assert Weights("w", {}).pixels(3) is None


# --- reading files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_state_dict_is_read_from_either_kind_of_file(tmp_path, suffix):
    tensors, path = build("cnn").state_dict(), tmp_path / f"w{suffix}"
    torch.save(tensors, path) if suffix == ".pth" else safetensors.torch.save_file(tensors, path)
    found = read_weights_file(path)
    assert found.keys() == tensors.keys()
    assert all(torch.equal(value, tensors[name]) for name, value in found.items())


@pytest.mark.parametrize("wrap", ["state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module.", "model."])
def test_what_others_wrap_around_a_state_dict_is_taken_off(tmp_path, wrap, prefix):
    tensors = build("cnn").state_dict()
    wrapped = {wrap: {f"{prefix}{name}": value for name, value in tensors.items()}, "epoch": 3}
    torch.save(wrapped, tmp_path / "w.pth")
    assert set(tensors) <= set(read_weights_file(tmp_path / "w.pth"))


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return (open, ("sprung", "w"))


@pytest.mark.parametrize("content", [Trap(), nn.Linear(2, 2), {"state_dict": Trap()}])
def test_a_file_that_holds_more_than_tensors_is_refused_and_runs_nothing(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    torch.save(content, "w.pth")
    with pytest.raises(
        SettingsError,
        match=r"^w\.pth holds more than tensors, and loading it could run code; save its state_dict",
    ):
        read_weights_file(tmp_path.__class__("w.pth"))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w.pth", b"PK\x03\x04 no"),
        ("w.pth", b"hello"),
        ("w.pth", b""),
        ("w.zip", b"\x80\x02" * 20),
        ("w.safetensors", b"\xff" * 40),
    ],
)
def test_a_damaged_file_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=rf"{re.escape(name)} (is damaged or no weights file|holds more)"):
        read_weights_file(tmp_path / name)


def test_a_file_that_is_not_there_or_holds_no_tensors_is_told(tmp_path):
    with pytest.raises(
        SettingsError, match=r"^no weights file .*w\.pth; give a \.safetensors or \.pth file, or a run"
    ):
        read_weights_file(tmp_path / "w.pth")
    torch.save([1, 2], tmp_path / "w.pth")
    with pytest.raises(SettingsError, match=r"w\.pth holds no tensors by name; give a state dict$"):
        read_weights_file(tmp_path / "w.pth")


# --- published weights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_file_is_told_by_name_address_and_digest(name):
    found = published(name)
    assert found.address.endswith(f"/{found.file}")
    assert re.fullmatch(r"[0-9a-f]{8}", found.digest)
    assert len(found.mean) == len(found.std) == 3
    assert all(80 < value < 130 for value in found.mean)
    assert (found.side, found.num_classes) == ((112, 400) if name == "r3d_18" else (224, 1000))


def test_a_model_without_published_weights_is_told():
    with pytest.raises(
        SettingsError,
        match=r"^there are no published weights for model fude-s; there are for r3d_18, .* and timm/NAME; an earlier",
    ):
        published("fude-s")


def test_a_missing_file_is_told_with_its_name_its_address_and_its_place(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with pytest.raises(SettingsError) as caught:
        find_published(published("resnet18"), folder=tmp_path / "weights")
    assert str(caught.value) == (
        "the weights of resnet18 are not on this machine; get them with `fudemoji models get resnet18`, or put "
        f"https://download.pytorch.org/models/resnet18-f37072fd.pth at {tmp_path}/weights/resnet18-f37072fd.pth"
    )


def test_the_file_is_found_in_our_folder_and_in_torchs_cache_and_its_digest_is_checked(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    content = b"tensors"
    begins = hashlib.sha256(content).hexdigest()[:8]
    ours = module.Published("resnet18", "t", f"resnet18-{begins}.pth", "http://x", begins, (), (), 224, 1000)
    cached = tmp_path / "torch" / "hub" / "checkpoints" / ours.file
    cached.parent.mkdir(parents=True)
    cached.write_bytes(content)
    assert find_published(ours, folder=tmp_path / "weights") == cached
    own = tmp_path / "weights" / ours.file
    own.parent.mkdir()
    own.write_bytes(content)
    assert find_published(ours, folder=tmp_path / "weights") == own
    own.write_bytes(b"cut off")
    with pytest.raises(
        SettingsError,
        match=rf"{ours.file} is damaged or another file: its SHA-256 begins with \w{{8}}, expected {begins}; delete",
    ):
        find_published(ours, folder=tmp_path / "weights")
