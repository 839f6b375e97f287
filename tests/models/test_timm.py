import sys

import pytest
import safetensors.torch
import torch
from torch.nn.functional import cross_entropy

from fudemoji.errors import SettingsError
from fudemoji.models import build_model, check_model
from fudemoji.models import timm as module
from fudemoji.models.heads import head_name, places
from fudemoji.models.pretrained import Weights, fit_weights
from fudemoji.models.published import find_published, published

timm = pytest.importorskip("timm")

SMALL = "timm/test_resnet"  # of timm's own tests: a few thousand parameters


def test_a_model_of_timm_goes_forward_and_backward_and_starts_alike_from_the_same_seed():
    nets = []
    for _ in range(2):
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            nets.append(build_model(SMALL, in_channels=1, num_classes=5, image_size=28))
    one, other = (net.state_dict() for net in nets)
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    logits = nets[0](torch.randn(4, 1, 28, 28))
    assert logits.shape == (4, 5)
    cross_entropy(logits, torch.tensor([0, 1, 2, 3])).backward()


@pytest.mark.parametrize(
    "name", ["timm/test_resnet", "timm/test_vit", "timm/test_convnext", "timm/test_efficientnet"]
)
def test_heads_and_norms_of_timms_models_are_found(name):
    model = build_model(name, in_channels=3, num_classes=7, image_size=64)
    assert model.get_submodule(head_name(model)) is model.get_classifier()
    found = places(model)
    assert {place.part for place in found.values()} == {"early", "late", "head"}
    assert any(place.is_norm for place in found.values())


def test_an_unknown_model_of_timm_is_told_with_the_nearest():
    with pytest.raises(
        SettingsError,
        match=r"^timm [\d.]+ has no model 'convnext_nanoo' \(did you mean 'timm/convnext_nano'\?\); list them with",
    ):
        check_model("timm/convnext_nanoo")
    with pytest.raises(
        SettingsError, match=r"has no model 'convnext_nano\.in12k_ft_in2k' \(did you mean 'timm/conv"
    ):
        check_model("timm/convnext_nano.in12k_ft_in2k")
    check_model("timm/convnext_nano.in12k_ft_in1k")


def test_images_that_a_model_of_timm_cannot_take_are_told():
    with pytest.raises(
        SettingsError,
        match=r"^timm/\w+ cannot take 1 channel\(s\) of 8x8 pixels \(.*\); choose larger images",
    ):
        build_model("timm/test_vit", in_channels=1, num_classes=2, image_size=8)


def test_without_timm_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    module._timm.cache_clear()
    try:
        with pytest.raises(
            SettingsError, match=r"need timm; install it with `pip install 'fudemoji\[timm\]'`$"
        ):
            build_model(SMALL, in_channels=1, num_classes=5, image_size=28)
    finally:
        module._timm.cache_clear()


def test_published_weights_of_timm_are_told_with_their_address_and_licence():
    found = published("timm/convnext_nano")
    assert found.address == (
        "https://huggingface.co/timm/convnext_nano.in12k_ft_in1k/resolve/main/model.safetensors"
    )
    assert found.file == "convnext_nano.in12k_ft_in1k.safetensors"
    assert found.title == "timm's convnext_nano.in12k_ft_in1k (licence: apache-2.0)"
    assert found.mean == pytest.approx((123.675, 116.28, 103.53))


def test_a_model_that_timm_has_no_weights_of_is_told():
    without = next(name for name in timm.list_models() if not timm.get_pretrained_cfg(name).hf_hub_id)
    with pytest.raises(
        SettingsError, match=rf"^timm publishes no weights for timm/{without}; train it from scratch"
    ):
        published(f"timm/{without}")


def test_weights_of_timm_are_found_in_our_folder_and_in_hugging_faces_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    found, own = published(SMALL), tmp_path / "weights"
    with pytest.raises(
        SettingsError, match=r"^the weights of timm/test_resnet are not on this machine; get them with"
    ):
        find_published(found, folder=own)
    repository = tmp_path / "hub" / f"models--{found.hub.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    cached = repository / "snapshots" / "abc" / "model.safetensors"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"x")
    assert find_published(found, folder=own) == cached
    own.mkdir()
    (own / found.file).write_bytes(b"x")
    assert find_published(found, folder=own) == own / found.file


@pytest.mark.parametrize(("name", "size"), [("timm/test_resnet", 32), ("timm/test_vit", 64)])
def test_published_tensors_fit_another_count_of_channels_classes_and_pixels(tmp_path, name, size):
    theirs = timm.create_model(name.removeprefix("timm/"), pretrained=False)
    safetensors.torch.save_file(theirs.state_dict(), tmp_path / "w.safetensors")
    model = build_model(name, in_channels=1, num_classes=3, image_size=size)
    fitted = fit_weights(model, Weights("w", theirs.state_dict()), name=name)
    assert fitted.left == ()
    assert "summed over 3 channels" in fitted.adapted
    assert model(torch.zeros(2, 1, size, size)).shape == (2, 3)
