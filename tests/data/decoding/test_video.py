import io
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from builders import write_video
from fudemoji.data.decoding import video
from fudemoji.data.decoding.video import clip_places, clips_of_frames, read_clip
from fudemoji.errors import DataError, SettingsError

# every file below is written by the test itself; PyAV's lossless codec gives back what was put in


def noise(num_frames: int, *, height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)


def numbered(num_frames: int, *, height: int = 48, width: int = 64) -> np.ndarray:
    """Frames whose grey level tells their number: 5, 10, 15, ..."""
    levels_T = 5 * np.arange(1, num_frames + 1, dtype=np.uint8)
    return np.broadcast_to(levels_T[:, None, None, None], (num_frames, height, width, 3)).copy()


def read(content: bytes | Path, **values: object) -> np.ndarray:
    usual = {"frames": 4, "sampling": "uniform", "height": 24, "width": 32, "fit": "crop", "name": "it"}
    return read_clip(content, **{**usual, **values})  # type: ignore[arg-type]


def test_a_clip_holds_the_pixels_of_frames_spread_evenly_over_the_video(tmp_path: Path) -> None:
    frames_NHWC = noise(10)
    path = write_video(tmp_path / "a.mkv", frames_NHWC)
    clips = read(path)
    assert clips.shape == (1, 3, 4, 24, 32)
    assert clips.dtype == np.uint8
    assert np.array_equal(clips[0], frames_NHWC[[1, 3, 6, 8]].transpose(3, 0, 1, 2))
    assert np.array_equal(clips, read(path.read_bytes()))


def test_windows_are_frames_in_a_row_and_what_is_left_over_makes_none(tmp_path: Path) -> None:
    frames_NHWC = noise(11)
    clips = read(write_video(tmp_path / "a.mkv", frames_NHWC), sampling="windows")
    assert clips.shape == (2, 3, 4, 24, 32)
    assert np.array_equal(clips, frames_NHWC[:8].reshape(2, 4, 24, 32, 3).transpose(0, 4, 1, 2, 3))


@pytest.mark.parametrize("sampling", ["uniform", "windows"])
def test_a_video_of_fewer_frames_than_asked_for_repeats_them_evenly(tmp_path: Path, sampling: str) -> None:
    frames_NHWC = noise(3)
    clips = read(write_video(tmp_path / "a.mkv", frames_NHWC), frames=6, sampling=sampling)
    assert np.array_equal(clips[0], frames_NHWC[[0, 0, 1, 1, 2, 2]].transpose(3, 0, 1, 2))


@pytest.mark.parametrize("num_frames", [1, 2, 7, 16, 17, 100])
@pytest.mark.parametrize("frames", [1, 8, 16])
def test_uniform_places_are_the_middles_of_equal_parts(num_frames: int, frames: int) -> None:
    places = clip_places(num_frames, frames=frames, sampling="uniform")[0]
    middles = (np.arange(frames) + 0.5) * num_frames / frames
    assert places.tolist() == np.floor(middles).astype(int).tolist()
    assert np.bincount(places).max() <= -(-frames // num_frames)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [("mp4", "libx264"), ("mkv", "libx264"), ("avi", "mpeg4"), ("webm", "libvpx"), ("mpg", "mpeg2video"),
     ("ts", "libx264"), ("flv", "flv1"), ("wmv", "wmv2"), ("mov", "mpeg4")],
)  # fmt: skip
def test_common_containers_and_codecs_are_read_in_the_order_they_are_shown(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    path = write_video(tmp_path / f"a.{suffix}", numbered(40), codec=codec)
    levels_T = read(path, frames=8)[0].mean(axis=(0, 2, 3))
    assert levels_T == pytest.approx(5 * (1 + np.array([2, 7, 12, 17, 22, 27, 32, 37])), abs=4)


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
def test_frames_are_fitted_like_images(tmp_path: Path, fit: str) -> None:
    frames_NHWC = noise(2, height=48, width=80)
    clips = read(write_video(tmp_path / "a.mkv", frames_NHWC), frames=2, height=20, width=20, fit=fit)
    picture = Image.fromarray(frames_NHWC[1])
    expected = {
        "crop": ImageOps.fit(picture, (20, 20), Image.Resampling.BICUBIC),
        "stretch": picture.resize((20, 20), Image.Resampling.BICUBIC, reducing_gap=3.0),
        "letterbox": picture.resize((20, 12), Image.Resampling.BICUBIC, reducing_gap=3.0),
    }[fit]
    ours = clips[0, :, 1].transpose(1, 2, 0)
    assert np.array_equal(ours[4:16] if fit == "letterbox" else ours, np.asarray(expected))


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_video_held_sideways_is_turned_upright(tmp_path: Path, rotation: int) -> None:
    frames_NHWC = numbered(4)
    frames_NHWC[:, :24, :32] = 250  # the upper left quarter is bright
    path = write_video(tmp_path / "a.mp4", frames_NHWC, codec="libx264", rotation=rotation)
    size = (64, 48) if abs(rotation) == 90 else (48, 64)
    ours = read(path, height=size[0], width=size[1])[0, 0, 0]
    expected = np.rot90(frames_NHWC[0, ..., 0], rotation // 90)
    assert np.abs(ours.astype(int) - expected).mean() < 6


def test_only_the_wanted_frames_of_a_long_video_are_held(tmp_path: Path) -> None:
    import tracemalloc

    path = write_video(tmp_path / "a.mp4", np.zeros((120, 240, 320, 3), np.uint8), codec="libx264")
    tracemalloc.start()
    read(path, frames=8, height=32, width=32)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 240 * 320 * 3  # a few frames, not 120


def test_an_array_of_frames_gives_the_same_clips_as_the_file(tmp_path: Path) -> None:
    frames_NHWC = noise(9, height=40, width=50)
    path = write_video(tmp_path / "a.mkv", frames_NHWC)
    how = {"frames": 4, "height": 16, "width": 16, "fit": "crop"}
    for sampling in ("uniform", "windows"):
        ours = clips_of_frames(frames_NHWC, sampling=sampling, channels=3, **how)
        assert np.array_equal(ours, read(path, sampling=sampling, **how))
    grey = clips_of_frames(frames_NHWC[..., 0], sampling="uniform", channels=1, **how)
    assert grey.shape == (1, 1, 4, 16, 16)
    assert np.array_equal(grey, clips_of_frames(frames_NHWC[..., :1], sampling="uniform", channels=1, **how))


def test_an_array_that_is_no_video_is_refused() -> None:
    how = {"frames": 4, "sampling": "uniform", "channels": 3, "height": 8, "width": 8, "fit": "crop"}
    with pytest.raises(DataError, match=r"the frames are float64 \(4, 8, 8\), expected uint8 \(T, H, W\) or"):
        clips_of_frames(np.zeros((4, 8, 8)), **how)
    with pytest.raises(DataError, match=r"the frames are uint8 \(4, 8, 8, 2\), expected uint8"):
        clips_of_frames(np.zeros((4, 8, 8, 2), np.uint8), **how)
    with pytest.raises(DataError, match=r"the frames are \(0, 8, 8\): there is none"):
        clips_of_frames(np.zeros((0, 8, 8), np.uint8), **how)


def sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return path


def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for content in (b"", empty):
        with pytest.raises(DataError, match=r"^it is an empty file$"):
            read(content)
    for content in (b"\0" * 4096, noise(1).tobytes(), b"no video at all, only text"):
        with pytest.raises(
            DataError, match=r"^it is no video that can be read: [^\n]+$|^it has no video in it$"
        ):
            read(content)
    with pytest.raises(DataError, match=r"^it has no video in it$"):
        read(sound(tmp_path / "a.wav"))
    with pytest.raises(DataError, match=r"^no video it$"):
        read(tmp_path / "nothing.mp4")
    with pytest.raises(DataError, match=r"^it is a folder, not a video$"):
        read(tmp_path)


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("mkv", "ffv1"), ("avi", "mpeg4")])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_video_that_was_cut_off_is_refused_and_not_read_in_part(
    tmp_path: Path, suffix: str, codec: str, share: float
) -> None:
    whole = write_video(tmp_path / f"a.{suffix}", noise(40), codec=codec).read_bytes()
    with pytest.raises(DataError, match=r"^it (is cut off|is no video|has no video|holds no frame)[^\n]*$"):
        read(whole[: int(len(whole) * share)])


def test_a_video_with_damaged_frames_is_refused(tmp_path: Path) -> None:
    whole = bytearray(write_video(tmp_path / "a.avi", noise(40), codec="mpeg4").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 8000] = bytes(8000)
    with pytest.raises(DataError, match=r"^it is (damaged|broken|cut off)[^\n]*$"):
        read(bytes(whole))


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    secret = write_video(tmp_path / "secret.ts", numbered(4), codec="libx264")
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\n{secret}\n#EXT-X-ENDLIST\n"
    for text in (playlist, f"ffconcat version 1.0\nfile '{secret.name}'\n"):
        with pytest.raises(DataError, match=r"^it (is no video|has no video|holds no frame)"):
            read(text.encode())


def test_videos_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "a.mkv", noise(12))
    monkeypatch.setattr(video, "MAX_FRAMES", 11)
    with pytest.raises(DataError, match=r"^it has more than the 11 frames that are read; cut it up$"):
        read(path)
    monkeypatch.setattr(video, "MAX_FRAMES", 12)
    monkeypatch.setattr(video, "MAX_PIXELS", 700)
    with pytest.raises(
        DataError, match=r"^it has frames of 32 x 24 pixels, more than the 700 that are read$"
    ):
        read(path)
    monkeypatch.setattr(video, "MAX_PIXELS", 32 * 24)
    monkeypatch.setattr(video, "MAX_BYTES", 2 * 4 * 32 * 24 * 3)
    assert len(read(path, sampling="windows", frames=6, height=16)) == 2
    with pytest.raises(DataError, match=r"^it makes 3 clips of 0.0 MiB, more than 0 GiB; cut it up, or take"):
        read(path, sampling="windows")


def test_without_pyav_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(
        SettingsError, match=r"^reading video \(it\) needs PyAV; install it with `pip install"
    ):
        read(io.BytesIO(b"x").getvalue())
