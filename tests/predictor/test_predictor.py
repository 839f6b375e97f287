import io
import math
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

from builders import GLYPHS, glyphs
from fudemoji.data import ImageSet
from fudemoji.data.batches import Store
from fudemoji.data.decoding.picture import ImageError, read_image
from fudemoji.engine.inference import predict_probs
from fudemoji.errors import DataError, RunError, SettingsError
from fudemoji.metrics import LogitsKeeper
from fudemoji.predictor import Prediction, Predictor, load_trained
from fudemoji.predictor.prediction import best_places
from fudemoji.runs import Run
from fudemoji.training import fit as fit_set
from fudemoji.training.sources import stored_set
from signs import sign
from trainings import TINY, finished_run


def glyph_of(prediction):
    return prediction.label.glyph


@pytest.mark.parametrize("glyph", GLYPHS)
def test_a_path_a_text_bytes_a_pil_image_and_an_array_give_the_same_answer(predict, tmp_path, glyph):
    path = tmp_path / "image.png"
    picture = Image.fromarray(sign(glyph))
    picture.save(path)
    answers = [
        predict(image)
        for image in (path, str(path), path.read_bytes(), picture, sign(glyph), sign(glyph)[:, :, None])
    ]
    assert glyph_of(answers[0]) == glyph
    assert all(answer == answers[0] for answer in answers)


def test_an_answer_names_the_best_classes_with_their_probabilities(predict):
    answer = predict(sign("口"), top=3)
    assert answer.label.id == "U+53E3"
    assert answer.prob == answer.top[0][1]
    assert [prob for _, prob in answer.top] == sorted((prob for _, prob in answer.top), reverse=True)
    assert len(answer.top) == 3
    assert len(predict(sign("口"), top=99).top) == 4
    assert math.isclose(sum(prob for _, prob in predict(sign("口"), top=99).top), 1, rel_tol=1e-5)
    plain = answer.to_dict()
    assert (plain["glyph"], plain["inverted"], len(plain["top"])) == ("口", False, 3)


def test_probabilities_are_those_of_the_evaluation_on_the_same_image(run, predict):
    data = glyphs(120, 40)
    predictions = run.read_arrays("predictions")
    for row in range(0, 40, 7):
        answer = predict(data.images[120 + row, 0], top=4)
        assert [c.glyph for c, _ in answer.top] == [GLYPHS[label] for label in predictions["top_labels"][row]]
        assert [prob for _, prob in answer.top] == pytest.approx(
            predictions["top_probs"][row].tolist(), rel=1e-4
        )


def test_shifts_of_the_run_are_averaged_over(tmp_path):
    run = finished_run(tmp_path, epochs=3, test_shifts=1)
    trained, image = load_trained(run), sign("口")
    store = Store(image[None, None], np.zeros(1, np.int64), np.arange(1), device=trained.runtime.device)
    images, _ = store.take(torch.arange(1))
    probs = predict_probs(trained.model, images, pixels=trained.pixels, runtime=trained.runtime, shifts=1)
    found = {c.id: prob for c, prob in Predictor(run)(image, top=4).top}
    assert [found[c.id] for c in trained.classes] == pytest.approx(probs[0].tolist(), rel=1e-5)


def test_many_images_come_back_in_order_and_none_gives_none(predict):
    assert [glyph_of(answer) for answer in predict.many([sign(glyph) for glyph in "口一十丨"])] == list(
        "口一十丨"
    )
    assert predict.many([]) == []


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"]
)
def test_every_mode_of_image_is_read(predict, tmp_path, mode):
    array = sign("口")
    if mode == "I;16":
        picture = Image.fromarray(array.astype(np.uint16) * 257)
    elif mode == "HSV":
        picture = Image.fromarray(array).convert("RGB").convert("HSV")
    else:
        picture = Image.fromarray(array).convert(mode)
    assert glyph_of(predict(picture)) == "口"


def test_sixteen_bit_files_are_scaled_down(predict, tmp_path):
    Image.fromarray(sign("一").astype(np.uint16) * 257).save(tmp_path / "deep.png")
    deep, flat = predict(tmp_path / "deep.png"), predict(sign("一"))
    assert deep.prob == pytest.approx(flat.prob, rel=1e-4)


def test_transparent_parts_are_white_paper(predict):
    ink = np.zeros((12, 12, 4), dtype=np.uint8)
    ink[..., 3] = sign("口")  # black ink where the sign is, nothing elsewhere
    answer = predict(ink)
    assert glyph_of(answer) == "口"
    assert answer.inverted


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_photograph_is_turned_upright(predict, tmp_path, orientation):
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    picture = Image.fromarray(sign("一"))
    if orientation in turns:
        picture = picture.transpose(turns[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "photo.png", exif=exif)
    assert glyph_of(predict(tmp_path / "photo.png")) == "一"
    with Image.open(tmp_path / "photo.png") as opened:
        assert glyph_of(predict(opened)) == "一"


def test_dark_ink_on_bright_paper_is_inverted_unless_told_otherwise(run, predict):
    paper = 255 - sign("口")
    assert predict(paper).inverted
    assert glyph_of(predict(paper)) == "口"
    assert predict(paper).top == predict(sign("口")).top
    assert not Predictor(run, invert=False)(paper).inverted
    assert Predictor(run, invert=True)(paper).top == predict(sign("口")).top


def test_a_set_of_dark_ink_inverts_the_other_way(tmp_path):
    data = glyphs(120, 8)
    negative = ImageSet(data.name, 255 - data.images, data.labels, data.classes, data.splits)
    values = {"model": "mlp", "epochs": 1, "batch_size": 16}
    predict = Predictor(fit_set(negative, output=tmp_path, trackers=[], **values).run)
    assert predict(sign("口")).inverted
    assert not predict(255 - sign("口")).inverted


def test_larger_and_oblong_images_are_resized(predict):
    large = np.asarray(Image.fromarray(sign("口")).resize((480, 300), Image.Resampling.NEAREST))
    assert glyph_of(predict(large)) == "口"


def test_a_colour_model_takes_grey_images(tmp_path):
    finished = fit_set(
        glyphs(88, 8, channels=3), output=tmp_path, trackers=[], model="mlp", epochs=1, batch_size=16
    )
    assert len(Predictor(finished.run)(sign("口")).top) == 4


def test_the_classes_are_those_of_the_set_in_label_order(predict):
    assert [c.glyph for c in predict.classes] == list(GLYPHS)


def test_what_cannot_be_read_has_an_error_in_its_place(predict):
    found = predict.attempt([sign("口"), b"no image", sign("一")])
    assert [type(one) for one in found] == [Prediction, ImageError, Prediction]
    assert [found[0], found[2]] == predict.many([sign("口"), sign("一")])
    for ask in (predict.many, predict.probabilities):
        with pytest.raises(
            DataError, match=r"^the image is no image that can be read: it is of no known kind$"
        ):
            ask([sign("口"), b"no image"])


def test_a_batch_of_any_size_gives_the_evaluations_answers(convolutional):
    """Also in bf16, where a convolution's rounding could follow the size of the batch."""
    predictor, data = Predictor(convolutional), glyphs(120, 40)
    images = list(data.images[120:, 0])
    told = convolutional.read_arrays("predictions")
    keeper = LogitsKeeper("test", data.labels[120:], num_classes=4)
    load_trained(convolutional).predictions(data, "test", keep=keeper)
    calibrated = predictor.trust.probabilities(keeper.logits.logits_MK)
    for size in (1, 7, 40):
        parts = [predictor.many(images[start : start + size], top=4) for start in range(0, 40, size)]
        found = [one for part in parts for one in part]
        assert [one.label.glyph for one in found] == [GLYPHS[label] for label in told["top_labels"][:, 0]]
        probs = [[prob for _, prob in one.top] for one in found]
        np.testing.assert_allclose(probs, -np.sort(-calibrated, axis=1), atol=1e-3)


def test_the_best_places_are_those_of_a_stable_sort():
    rng = np.random.default_rng(0)
    for num_classes, count in ((5, 3), (64, 64), (100, 5), (100, 1), (300, 300), (300, 7)):
        probs = rng.integers(0, 30, (20, num_classes)) / 30  # with many equal ones
        expected = [sorted(range(num_classes), key=lambda k, row=row: (-row[k], k))[:count] for row in probs]
        assert best_places(probs, count).tolist() == expected


@pytest.mark.parametrize("label", [None, 2])
def test_heat_lies_over_the_image_as_the_model_gets_it(convolutional, label):
    picture = Predictor(convolutional).heat(255 - sign("口"), label=label)
    assert (picture.mode, picture.size) == ("RGB", (228, 228))
    pixels = np.asarray(picture).reshape(12, 19, 12, 19, 3)[:, 9, :, 9].astype(int)
    bare = sign("口")[:, :, None]  # inverted to bright on dark
    assert (pixels == bare).all(axis=2).any()  # where nothing speaks for the class
    assert (np.abs(pixels - bare).max(axis=2) > 20).any()
    reddened = pixels[..., 0] - pixels[..., 2]
    assert (reddened >= 0).all()


def test_shifts_out_of_range_are_told(run, predict):
    for shifts in (-1, 9):
        with pytest.raises(SettingsError, match=rf"^shifts are {shifts} pixels, expected 0 to 8$"):
            Predictor(run, shifts=shifts)
        with pytest.raises(SettingsError, match="expected 0 to 8"):
            predict.answers([sign("口")], shifts=shifts)


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [np.zeros((12, 12)), np.zeros((12, 12, 2), np.uint8), np.zeros(12, np.uint8), np.zeros((0, 12), np.uint8),
     np.zeros((1, 12, 12, 3), np.uint8)],
)  # fmt: skip
def test_an_array_that_is_no_image_is_told_with_its_shape(predict, array):
    with pytest.raises(DataError, match=rf"^the array is {array.dtype} \(.*\), expected uint8 \(H, W\) or"):
        predict(array)


def test_a_truncated_image_is_told_as_a_file_and_as_a_pil_image(predict, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    half = file.getvalue()[:2000]
    (tmp_path / "half.png").write_bytes(half)
    with pytest.raises(DataError, match=r"^.*half\.png is no image that can be read: "):
        predict(tmp_path / "half.png")
    with pytest.raises(DataError, match=r"^the image is no image that can be read: "):
        predict(Image.open(io.BytesIO(half)))


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
@pytest.mark.parametrize(("labels", "size"), [("一口", 16), (("ants", "bees"), "16x40")])
def test_a_file_of_the_training_set_has_the_pixels_that_it_was_trained_with(tmp_path, fit, labels, size):
    rng = np.random.default_rng(0)
    for place, label in enumerate(labels):
        (tmp_path / "set" / label).mkdir(parents=True)
        for number, mode in enumerate(("RGB", "L", "RGBA", "CMYK") * 3):
            pixels = (rng.integers(0, 60, (90, 150, 3)) + 100 * place).astype(np.uint8)
            exif = Image.Exif()
            exif[0x0112] = number % 8 + 1
            suffix = "png" if mode == "RGBA" else "jpg"
            path = tmp_path / "set" / label / f"{number}.{suffix}"
            Image.fromarray(pixels).convert(mode).save(path, exif=exif)
    values = {**TINY, "epochs": 1, "size": size, "fit": fit}
    finished = fit_set(str(tmp_path / "set"), output=tmp_path, name="run", trackers=[], **values)
    predictor, data = Predictor(finished.run), stored_set(Run(Path(finished.run)))
    assert data.fit == fit
    for name, image in zip(data.names, data.images, strict=True):
        prepared = predictor._preparation.prepare([tmp_path / "set" / name])
        np.testing.assert_array_equal(prepared.pixels[0], image, err_msg=name)
        assert not prepared.inverted_M[0]


def test_a_ground_that_some_training_images_have_is_not_inverted(tmp_path):
    data = glyphs(120, 40)
    data.images[:5] = 255 - data.images[:5]
    values = {**TINY, "epochs": 1}
    predict = Predictor(fit_set(data, output=tmp_path, name="run", trackers=[], **values).run)
    assert not predict(255 - sign("口")).inverted


def test_a_video_for_a_model_of_images_is_told(predict):
    with pytest.raises(
        DataError, match=r"^walk\.MP4 is a video, but the model reads images; give an image file$"
    ):
        predict("walk.MP4")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"channels": None}, r"channels: input should be a valid integer"),
        ({"image_size": [12]}, r"image_size: list should have at least 2 items"),
        ({"mean": [1.0, 2.0]}, r"mean and std are not of 1 channel\(s\)"),
        ({"classes": []}, r"num_classes is 4, but there are 0 classes"),
        ({"classes": [{"id": 3}] * 4}, r"classes\.0\.id: input should be a valid string"),
        ({"splits": "train"}, r"splits: input should be a valid dictionary"),
    ],
)
def test_a_data_sheet_damaged_by_hand_is_told_in_one_line(run, tmp_path, change, told):
    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    copy.write_json("data", {**run.sheet(), **change})
    with pytest.raises(RunError, match=rf"copy/data\.json is damaged \({told}.*\); put back the file that"):
        load_trained(copy)
    copy.write_json("data", {name: value for name, value in run.sheet().items() if name not in change})
    with pytest.raises(RunError, match=r"copy/data\.json is damaged \("):
        load_trained(copy)


def test_no_file_is_told(predict, tmp_path):
    with pytest.raises(DataError, match=r"^no image .*/nothing\.png$"):
        predict(tmp_path / "nothing.png")


def test_a_bomb_is_refused_before_it_is_unpacked_and_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("fudemoji.data.decoding.picture.MAX_PIXELS", 100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 80)
    Image.new("L", (11, 10)).save(tmp_path / "large.png")
    Image.new("L", (20, 20)).save(tmp_path / "larger.png")
    Image.new("L", (9, 10)).save(tmp_path / "near.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(
            DataError, match=r"large\.png has 11 x 10 pixels, more than the 100 that are read$"
        ):
            read_image(tmp_path / "large.png")
        with pytest.raises(DataError, match=r"larger\.png is too large to be read: "):
            read_image(tmp_path / "larger.png")
        assert read_image(tmp_path / "near.png").size == (9, 10)


def test_a_text_chunk_that_unpacks_to_much_is_refused(predict, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 70_000_000, zip=True)
    Image.fromarray(sign("口")).save(tmp_path / "text.png", pnginfo=info)
    with pytest.raises(DataError, match=r"text\.png is no image that can be read: "):
        predict(tmp_path / "text.png")


def test_a_run_that_is_not_there_or_a_device_that_is_not(run, tmp_path):
    with pytest.raises(RunError, match="no run folder"):
        Predictor(tmp_path / "nothing")
    with pytest.raises(SettingsError, match="device 'cuda:99' is not to be had here"):
        Predictor(run, device="cuda:99")
