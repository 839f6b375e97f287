import dataclasses
import hashlib

import pytest
import torch

from fudemoji.models import MODELS, build_model
from fudemoji.models.published import published
from fudemoji.training import transfer


@pytest.fixture(autouse=True)
def no_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A folder with a small file that goes for the weights of a ResNet-18."""
    with torch.random.fork_rng([]):
        tensors = build_model("resnet18", in_channels=3, num_classes=1000, image_size=224).state_dict()
    folder = tmp_path / "mirror"
    folder.mkdir()
    torch.save(tensors, folder / "small.pth")
    digest = hashlib.sha256((folder / "small.pth").read_bytes()).hexdigest()[:8]
    small = dataclasses.replace(
        published("resnet18"), file="small.pth", address="http://127.0.0.1:9/x", digest=digest
    )
    monkeypatch.setattr(transfer, "published", lambda name: small)
    return folder


def test_models_are_listed_with_whether_their_weights_are_here(cli, tmp_path):
    listed = cli("models", "list", "--data-dir", tmp_path, "--json").json
    assert [one["name"] for one in listed] == list(MODELS)
    states = {one["name"]: one["weights"] for one in listed}
    assert (states["resnet18"], states["fude-s"]) == ("not here", "none")
    assert "timm/NAME" in cli("models", "list", "--data-dir", tmp_path).out


def test_published_weights_are_fetched_verified_and_then_found(cli, folder, mirror, tmp_path):
    data = tmp_path / "data"
    answer = cli("models", "get", "resnet18", "--data-dir", data, "--mirror", mirror)
    assert answer.exit_code == 0, answer
    path = data / "weights" / "small.pth"
    assert answer.out == f"{path}: torchvision's ResNet18_Weights.IMAGENET1K_V1, verified\n"
    again = cli("models", "get", "resnet18", "--data-dir", data)
    assert again.out.endswith("verified, was there\n")
    asked = (
        "train",
        folder,
        "--model",
        "resnet18",
        "--pretrained",
        "--data-dir",
        data,
        "--output",
        tmp_path / "o",
    )
    trained = cli(*asked, "--epochs", "1st", "--least-steps", "0", "--batch-size", "8", "--precision", "fp32")
    assert trained.exit_code == 0, trained
    assert "starts from torchvision's ResNet18_Weights.IMAGENET1K_V1: 100 of 100 tensors" in trained.err


def test_another_file_under_the_name_is_refused(cli, refused, mirror, tmp_path):
    (mirror / "small.pth").write_bytes(b"another")
    answer = cli("models", "get", "resnet18", "--data-dir", tmp_path, "--mirror", mirror, "--timeout", "0.2")
    line = answer.err.splitlines()[-1]
    assert answer.exit_code == 2
    assert "SHA-256 is " in line
    assert "...; the part was removed" in line
    assert line.endswith(f"put small.pth in {tmp_path}/weights, or pass --mirror ADDRESS")
    (tmp_path / "weights" / "small.pth").write_bytes(b"another")
    line = refused("models", "get", "resnet18", "--data-dir", tmp_path)
    assert line.endswith("...; delete it to download again")


def test_weights_that_nobody_publishes_are_told(refused):
    assert refused("models", "get", "fude-s").startswith("there are no published weights for model fude-s;")
