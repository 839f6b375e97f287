"""C3D on eight kinds of motion, from video files to a measured run.

A shape of random form, colour and texture wanders left, right, up or down, grows, shrinks, or turns clockwise or
anticlockwise before a random background; no single frame tells which. The clips are written as H.264 files of 64x64
and 16 to 32 frames into class folders, train and test apart, and trained on through the command line:

    fudemoji train FOLDER --recipe clips --size 32 --frames 8 --no-mirror

Mirrored clips are switched off, as left and right are classes; turning by a few degrees and shifting change no kind
of motion. The input is smaller than C3D's 16 frames of 112x112.
"""

import tempfile
import time
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

import common

KINDS = ("left", "right", "up", "down", "grow", "shrink", "clockwise", "anticlockwise")
SIDE, FINER = 64, 2  # pixels of a frame; drawn so many times finer


def write_set(folder: Path, *, num_train: int, num_test: int, seed: int = 0) -> Path:
    """Class folders of video files in train and test, so many of each class."""
    rng = np.random.default_rng(seed)
    for split, count in (("train", num_train), ("test", num_test)):
        for kind in KINDS:
            (folder / split / kind).mkdir(parents=True)
            for number in range(count):
                write_video(folder / split / kind / f"{number:03d}.mp4", draw_clip(kind, rng))
    return folder


def draw_clip(kind: str, rng: np.random.Generator) -> np.ndarray:
    """The frames of one clip, uint8 (N, 64, 64, 3)."""
    num_frames = int(rng.integers(16, 33))
    paper = rng.uniform(40, 215, 3)
    background, shape = draw_background(paper, rng), random_shape(rng)
    fill, mark = (
        tuple(int(level) for level in (paper + offset) % 256) for offset in rng.uniform(80, 176, (2, 3))
    )
    centre, size, angle = rng.uniform(0.4, 0.6, 2), rng.uniform(0.22, 0.34), rng.uniform(0, 2 * np.pi)
    reach = rng.uniform(0.25, 0.5)
    frames = []
    for time_ in np.linspace(-0.5, 0.5, num_frames):
        move, scale, turn = np.zeros(2), 1.0, 0.0
        if kind in ("left", "right", "up", "down"):
            sign = -1 if kind in ("left", "up") else 1
            move[int(kind in ("up", "down"))] = sign * reach * time_
        elif kind in ("grow", "shrink"):
            scale = 2.0 ** ((1 if kind == "grow" else -1) * 3 * reach * time_)
        else:
            turn = (1 if kind == "clockwise" else -1) * 2 * np.pi * reach * time_
        points = place(shape, centre + move, size * scale, angle + turn)
        frames.append(draw_frame(background, points, fill, mark, rng))
    return np.stack(frames)


def random_shape(rng: np.random.Generator) -> np.ndarray:
    """Corners around the origin, float (P, 2); long enough for a turn to be seen."""
    count = int(rng.integers(3, 7))
    angles = np.sort(rng.uniform(0, 2 * np.pi / count, count)) + np.arange(count) * 2 * np.pi / count
    radii = rng.uniform(0.5, 1.1, count)
    return np.stack([radii * np.cos(angles) * 1.3, radii * np.sin(angles) * 0.7], axis=1)


def place(shape: np.ndarray, centre: np.ndarray, size: float, angle: float) -> np.ndarray:
    """The shape turned (y points down, so clockwise is positive), scaled and moved: float (P, 2) in pixels."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (centre + size * (shape @ turn)) * SIDE * FINER


def draw_background(paper: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Blurred blotches around a colour."""
    blotches = rng.normal(paper, 18, (6, 6, 3)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(blotches).resize((SIDE * FINER,) * 2, Image.Resampling.BICUBIC)


def draw_frame(
    background: Image.Image, points: np.ndarray, fill: tuple, mark: tuple, rng: np.random.Generator
) -> np.ndarray:
    """One frame, uint8 (64, 64, 3), with a mark on one corner of the shape and a little noise."""
    picture = background.copy()
    draw = ImageDraw.Draw(picture)
    draw.polygon([tuple(point) for point in points], fill=fill)
    corner = 0.6 * points[0] + 0.4 * points.mean(axis=0)
    radius = 0.15 * np.linalg.norm(points[0] - points.mean(axis=0)) + 1
    draw.ellipse((*(corner - radius), *(corner + radius)), fill=mark)
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64)
    return (pixels + rng.normal(0, 4, pixels.shape)).clip(0, 255).astype(np.uint8)


def write_video(path: Path, frames_NHWC: np.ndarray) -> None:
    """The frames as H.264 in an MP4."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=16, options={"preset": "veryfast"})
        stream.height, stream.width = frames_NHWC.shape[1:3]
        stream.pix_fmt, stream.thread_count = "yuv420p", 1
        for frame in frames_NHWC:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--train", type=int, default=80, help="training clips of each kind")
    parser.add_argument("--test", type=int, default=25, help="held-out clips of each kind")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--epochs", default="", help="the recipe's where empty")
    parser.add_argument("--models", default="c3d")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    result = common.Result("C3D on eight kinds of motion", options)
    rows = []
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as made:
            common.say(f"writing the clips of seed {seed}")
            folder = write_set(
                Path(made) / "motion", num_train=options.train, num_test=options.test, seed=seed
            )
            for model in common.names(options.models):
                rows.append(measure(folder, Path(made) / "runs", model=model, seed=seed, options=options))
                common.say(common.brief(rows[-1]))
    result.add(rows)
    result.note(
        f"{8 * options.train} clips to train (a tenth of them for validation) and {8 * options.test} held out, H.264, "
        f"64x64, 16 to 32 frames, decoded to {options.frames}x{options.size}x{options.size}. n = {options.seeds}, "
        "each with clips of its own. The bar is 95 % of the held-out clips in minutes on two cores."
    )
    result.write()


def measure(folder: Path, output: Path, *, model: str, seed: int, options: object) -> common.Record:
    """One training through the command line."""
    values = vars(options)
    arguments = ["train", str(folder), "--recipe", "clips", "--model", model, "--no-mirror"]
    arguments += ["--size", str(values["size"]), "--frames", str(values["frames"]), "--seed", str(seed)]
    arguments += ["--output", str(output), "--data-dir", str(output / "sets")]
    arguments += ["--epochs", values["epochs"]] if values["epochs"] else []
    start = time.perf_counter()
    done = common.fudemoji_json(*arguments)
    return {
        "model": model,
        "seed": seed,
        "held-out accuracy, %": 100 * done["test_accuracy"],
        "epochs": done["epochs"],
        "training, s": done["train_seconds"],
        "whole command, s": time.perf_counter() - start,
    }


if __name__ == "__main__":
    main()
