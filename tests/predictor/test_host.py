"""The model process, over real pipes, and its answers to single frames."""

import io
import os
import select
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fudemoji
from builders import GLYPHS
from fudemoji.predictor import Predictor
from fudemoji.predictor.host import Host
from fudemoji.wire import Frame, pack, receive
from signs import png, sign
from trainings import finished_run

HOST = [sys.executable, "-m", "fudemoji.predictor.host"]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(fudemoji.__file__).parents[1]),
    "OMP_NUM_THREADS": "1",
}


class Child:
    """A model process and the pipes to it."""

    def __init__(self, command=HOST):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
        )

    def ask(self, header, blobs=()):
        self.process.stdin.write(pack(header, blobs))
        self.process.stdin.flush()
        return receive(self.process.stdout)

    def end(self):
        """Close its stdin; the exit code, and what it wrote to stderr."""
        with self.process:
            self.process.stdin.close()
            told = self.process.stderr.read().decode()
        return self.process.returncode, told


@pytest.fixture
def child():
    child = Child()
    yield child
    if child.process.poll() is None:
        child.process.kill()
        child.end()


def bomb():
    """A PNG file that claims 60,000 x 60,000 pixels."""
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    content = png(sign("口"))
    return content[:12] + header + zlib.crc32(header).to_bytes(4, "big") + content[33:]


def probs_of(answer, num_images):
    return np.frombuffer(answer.blobs[0], np.float32).reshape(num_images, answer.header["num_classes"])


def refused(header, blobs=(), host=None):
    """Kind and message of an answer that is an error."""
    answer = (host or Host()).answer(Frame({"id": 1, **header}, tuple(blobs)))
    assert answer.header["id"] == 1
    assert not answer.blobs
    return answer.header["error"]["kind"], answer.header["error"]["message"]


def test_a_process_answers_with_the_probabilities_of_the_predictor(child, run, predict):
    images = [png(sign(glyph)) for glyph in GLYPHS]
    answer = child.ask(
        {"id": 7, "do": "predict", "run": str(run.path), "shifts": None, "invert": None}, images
    )
    assert answer.header == {"id": 7, "images": [{"inverted": False}] * 4, "num_classes": 4}
    np.testing.assert_allclose(probs_of(answer, 4), predict.probabilities(images), rtol=1e-5)
    assert child.end() == (0, "")


def test_broken_images_are_told_in_their_places_and_the_others_answered(child, run, predict):
    whole, cut = (
        png(sign("口")),
        png(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8))[:2000],
    )
    images = [b"", png(255 - sign("口")), b"no image", cut, bomb(), whole]
    answer = child.ask({"id": 1, "do": "predict", "run": str(run.path)}, images)
    told = answer.header["images"]
    kinds = [one["error"]["kind"] if "error" in one else one["inverted"] for one in told]
    assert kinds == ["empty", True, "broken", "truncated", "huge", False]
    assert told[2]["error"]["message"] == "the image is no image that can be read: it is of no known kind"
    np.testing.assert_allclose(probs_of(answer, 2), predict.probabilities([whole, whole]), rtol=1e-5)


def test_nothing_that_can_be_read_gives_no_probabilities(run):
    answer = Host().answer(Frame({"id": 1, "do": "predict", "run": str(run.path)}, (b"",)))
    assert (answer.header["num_classes"], answer.blobs) == (4, (b"",))
    answer = Host().answer(Frame({"id": 1, "do": "predict", "run": str(run.path)}))
    assert (answer.header["images"], answer.blobs) == ([], (b"",))


def test_shifts_and_inversion_are_those_of_the_request(run):
    host, image = Host(), png(255 - sign("一"))
    for shifts, invert in ((1, False), (0, True), (2, None)):
        asked = {"id": 1, "do": "predict", "run": str(run.path), "shifts": shifts, "invert": invert}
        answer = host.answer(Frame(asked, (image,)))
        alone = Predictor(run, shifts=shifts, invert=invert)
        assert answer.header["images"][0]["inverted"] == alone(image).inverted
        np.testing.assert_allclose(probs_of(answer, 1), alone.probabilities([image]), rtol=1e-5)


def test_models_are_loaded_ahead_kept_and_dropped_when_they_are_too_many(tmp_path, run, convolutional):
    host = Host(most_models=1)
    loaded = Frame({"id": 1, "ok": True})
    assert host.answer(Frame({"id": 1, "do": "load", "run": str(run.path)})) == loaded
    first = host._models[str(run.path)]
    host.answer(Frame({"id": 1, "do": "predict", "run": str(run.path)}, (png(sign("口")),)))
    assert list(host._models.values()) == [first]
    assert host.answer(Frame({"id": 1, "do": "load", "run": str(convolutional.path)})) == loaded
    assert list(host._models) == [str(convolutional.path)]
    assert host.answer(Frame({"id": 1, "do": "forget", "run": str(convolutional.path)})) == loaded
    assert not host._models


def test_grad_cam_is_a_picture_of_the_class_that_was_asked_about(convolutional):
    host, pictures = Host(), []
    likeliest = Predictor(convolutional).probabilities([sign("口")])[0].argmax()
    for label in (None, int(likeliest), int(likeliest + 1) % 4):
        asked = {"id": 1, "do": "gradcam", "run": str(convolutional.path), "label": label}
        answer = host.answer(Frame(asked, (png(sign("口")),)))
        with Image.open(io.BytesIO(answer.blobs[0])) as picture:
            assert (picture.format, picture.size) == ("PNG", (228, 228))
        pictures.append(answer.blobs[0])
    assert pictures[0] == pictures[1] != pictures[2]


def test_features_are_told_of_what_can_be_read_and_the_same_for_the_same_image(run):
    images = [png(sign("口")), b"no image", png(sign("一")), png(sign("口"))]
    answer = Host().answer(Frame({"id": 1, "do": "features", "run": str(run.path)}, tuple(images)))
    told = answer.header["images"]
    assert [one.get("error", {}).get("kind") for one in told] == [None, "broken", None, None]
    features_MD = np.frombuffer(answer.blobs[0], np.float32).reshape(3, answer.header["size"])
    np.testing.assert_array_equal(features_MD[0], features_MD[2])
    assert np.abs(features_MD[0] - features_MD[1]).max() > 0.1
    nothing = Host().answer(Frame({"id": 1, "do": "features", "run": str(run.path)}, (b"",)))
    assert (nothing.header["size"], nothing.blobs) == (0, (b"",))


@pytest.mark.parametrize(
    ("asked", "kind", "message"),
    [
        ({}, "request", r"cannot do None; known: predict, load, forget, gradcam, features"),
        ({"do": "predict"}, "request", "a run must be named"),
        ({"do": "predict", "run": 3}, "request", "a run must be named"),
        ({"do": "predict", "run": "nowhere"}, "run", "no run folder nowhere; list them with `fudemoji runs`"),
        ({"do": "load", "run": "nowhere"}, "run", "no run folder nowhere; list them with `fudemoji runs`"),
        ({"do": "predict", "run": "RUN", "shifts": True}, "request", "shifts is True, expected int or null"),
        ({"do": "predict", "run": "RUN", "shifts": 9}, "request", "shifts are 9 pixels, expected 0 to 8"),
        ({"do": "predict", "run": "RUN", "invert": 1}, "request", "invert is 1, expected bool or null"),
        ({"do": "gradcam", "run": "RUN"}, "request", "gradcam is for one image, not 0"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_frame(run, asked, kind, message):
    asked = {name: str(run.path) if value == "RUN" else value for name, value in asked.items()}
    assert refused(asked) == (kind, message)


def test_grad_cam_that_cannot_be_is_told(run, convolutional):
    asked = {"do": "gradcam", "run": str(run.path)}
    assert refused(asked, [png(sign("口"))])[0] == "request"
    asked["run"] = str(convolutional.path)
    assert refused(asked, [b"no image"])[0] == "broken"
    assert refused({**asked, "label": 4}, [png(sign("口"))]) == (
        "request",
        "label 4 is none of the 4 classes, which count from 0",
    )


def test_a_run_damaged_after_it_was_made_is_told(tmp_path):
    run = finished_run(tmp_path, epochs=1)
    run.checkpoint_path("best").write_bytes(b"nothing")
    kind, message = refused({"do": "load", "run": str(run.path)})
    assert kind == "run"
    assert "is damaged" in message


def test_a_mistake_of_ours_is_told_in_a_frame_and_in_the_log(run, monkeypatch, capfd):
    monkeypatch.setattr(Predictor, "answers", lambda *_, **__: 1 // 0)
    kind, message = refused({"do": "predict", "run": str(run.path)})
    assert (kind, message) == ("crash", "ZeroDivisionError in the model process; see its log")
    assert "ZeroDivisionError" in capfd.readouterr().err


PRINTING = """
import os, sys
from fudemoji.predictor import host
whole = host.Host.answer
def answer(self, frame):
    print("a library that prints")
    os.write(1, b"a library that writes to stdout" + bytes([10]))
    assert not sys.stdin.read()
    return whole(self, frame)
host.Host.answer = answer
sys.exit(host.main([]))
"""


def test_what_prints_cannot_spoil_the_frames():
    child = Child([sys.executable, "-c", PRINTING])
    assert child.ask({"id": 1, "do": "none"}).header["error"]["kind"] == "request"
    assert child.ask({"id": 2, "do": "none"}).header["id"] == 2
    code, told = child.end()
    assert code == 0
    assert told.count("a library that writes to stdout") == told.count("a library that prints") == 2


def test_an_interrupt_is_the_parents_to_handle(child):
    assert child.ask({"id": 1, "do": "none"}).header["id"] == 1
    child.process.send_signal(signal.SIGINT)
    assert child.ask({"id": 2, "do": "none"}).header["id"] == 2
    assert child.end() == (0, "")


def test_what_is_no_frame_ends_it_with_a_line(child):
    child.process.stdin.write(b"\xff" * 100)
    child.process.stdin.flush()
    code, told = child.end()
    assert (code, told) == (1, "fudemoji: what came is no frame\n")


PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "fudemoji.predictor.host"], stderr=subprocess.DEVNULL)
time.sleep(600)
"""


def test_it_dies_with_its_parent_even_where_the_pipe_stays_open():
    child = Child([sys.executable, "-c", PARENT])
    assert child.ask({"id": 1, "do": "none"}).header["id"] == 1  # of the host, a grandchild
    child.process.kill()
    assert select.select([child.process.stdout], [], [], 60)[0]
    assert child.process.stdout.read() == b""  # nobody has it open any more
    child.end()
