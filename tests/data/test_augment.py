# B images, C channels, H x W pixels, K classes

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms.functional import adjust_brightness, adjust_contrast, adjust_saturation

from fudemoji.config import Augment
from fudemoji.data.augment import augment, cutout, light, mix, shifted, warp

EVERYTHING = Augment(rotate=15, zoom=0.2, shear=0.2, shift=0.1, elastic=1.0, cutout=0.3)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def smooth_glyph(height=28, width=28):
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    blob = torch.exp(-((x - 0.4 * width) ** 2 + (y - 0.6 * height) ** 2) / 12)
    return (blob + 0.5 * torch.exp(-((x - 0.65 * width) ** 2 + (y - 0.35 * height) ** 2) / 6))[None, None]


def drawn(draws):
    """A stand-in for torch.rand that hands out known draws."""

    def rand(*shape, **_):
        return (torch.tensor(draws.pop(0), dtype=torch.float32).reshape(shape) + 1) / 2

    return rand


def warp_with(monkeypatch, image, *, angle=0.0, zoom=(0.0, 0.0), shear=0.0, shift=(0.0, 0.0)):
    """Draws are given in the warp's order, as shares of a largest change of 90 degrees or 0.5."""
    draws = [[angle / 90], [z / 0.5 for z in zoom], [shear / 0.5], [s / 0.5 for s in shift]]
    with monkeypatch.context() as patch:
        patch.setattr(torch, "rand", drawn(draws))
        return warp(image, how=Augment(rotate=90, zoom=0.5, shear=0.5, shift=0.5), rng=rng())


@pytest.mark.parametrize("shape", [(28, 28), (20, 32)])
def test_the_warp_agrees_with_pillow(monkeypatch, shape):
    image = smooth_glyph(*shape)
    angle, zoom, shear, shift = 20.0, (0.1, -0.1), 0.15, (0.05, -0.1)
    ours = warp_with(monkeypatch, image, angle=angle, zoom=zoom, shear=shear, shift=shift)[0, 0].numpy()

    height, width = shape
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    forward = (
        np.array([[cos, -sin], [sin, cos]])
        @ np.array([[1, shear], [0, 1]])
        @ np.diag([1 + zoom[0], 1 + zoom[1]])
    )
    back = np.linalg.inv(forward)
    centre = np.array([width / 2, height / 2])
    offset = centre - back @ (centre + np.array(shift) * [width, height])
    theirs = Image.fromarray(image[0, 0].numpy()).transform(
        (width, height),
        Image.Transform.AFFINE,
        (back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1]),
        Image.Resampling.BILINEAR,
    )
    known = np.asarray(theirs) > 0  # Pillow leaves 0 where a neighbour lies outside
    assert known.mean() > 0.7
    np.testing.assert_allclose(ours[known], np.asarray(theirs)[known], atol=3e-3)


def test_a_shift_by_a_quarter_moves_every_pixel_by_a_quarter(monkeypatch):
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 3, 2] = 1
    moved = warp_with(monkeypatch, image, shift=(0.25, 0.125))
    assert moved.argmax() == 4 * 8 + 4
    assert moved.sum().item() == pytest.approx(1, abs=1e-4)


def test_a_quarter_turn_is_a_quarter_turn(monkeypatch):
    image = smooth_glyph()
    turned = warp_with(monkeypatch, image, angle=90)
    torch.testing.assert_close(turned, image.rot90(-1, (2, 3)), atol=1e-4, rtol=0)


def test_nothing_is_ever_mirrored():
    image = torch.zeros(1, 1, 28, 28)
    image[..., 6:22, 8:11] = 1  # an L: its foot points to the right
    image[..., 19:22, 8:20] = 1
    warped = augment(image.expand(500, -1, -1, -1), how=Augment(rotate=15, zoom=0.2, shear=0.2), rng=rng())
    y, x = torch.meshgrid(torch.arange(28) - 13.5, torch.arange(28) - 13.5, indexing="ij")
    mass = warped[:, 0] / warped[:, 0].sum((1, 2), keepdim=True)
    x0, y0 = (mass * x).sum((1, 2)), (mass * y).sum((1, 2))
    stem = mass[:, :14].sum(2)  # the rows above the foot hold the stem alone, left of the centre of mass
    stem_x = (mass[:, :14] * x[:14]).sum((1, 2)) / stem.sum(1)
    stem_y = (mass[:, :14] * y[:14]).sum((1, 2)) / stem.sum(1)
    assert (stem_y < y0).all()  # not upside down
    leaning = (stem_x - x0) - (0.5 * (stem_y - y0)).abs()  # what shear and rotation can add
    assert (leaning < 0).all()


def test_everything_off_returns_the_batch_itself():
    images = torch.randn(4, 1, 28, 28)
    assert augment(images, how=Augment(), rng=rng()).data_ptr() == images.data_ptr()


def test_a_warp_that_changes_nothing_changes_nothing(monkeypatch):
    images = torch.randn(1, 3, 20, 28)
    torch.testing.assert_close(warp_with(monkeypatch, images), images, atol=1e-4, rtol=1e-4)


def test_one_seed_gives_one_result_and_another_seed_another():
    images = torch.randn(16, 1, 28, 28)
    first = augment(images, how=EVERYTHING, rng=rng(1))
    assert torch.equal(first, augment(images, how=EVERYTHING, rng=rng(1)))
    assert not torch.equal(first, augment(images, how=EVERYTHING, rng=rng(2)))


def test_the_global_generator_is_neither_read_nor_moved():
    images, before = torch.randn(8, 1, 28, 28), torch.get_rng_state()
    augment(images, how=EVERYTHING, rng=rng())
    mix(images, torch.eye(8), how=Augment(mixup=1, cutmix=1, mix_share=1), rng=rng())
    assert torch.equal(torch.get_rng_state(), before)


def test_the_images_handed_in_stay_as_they_are():
    images = torch.randn(8, 1, 28, 28)
    copy = images.clone()
    augment(images, how=EVERYTHING, rng=rng())
    mix(images, torch.eye(8), how=Augment(mixup=1, cutmix=1, mix_share=1), rng=rng())
    assert torch.equal(images, copy)


def test_each_image_of_a_batch_draws_its_own_change():
    images = smooth_glyph().expand(32, -1, -1, -1)
    changed = augment(images, how=EVERYTHING, rng=rng()).flatten(1)
    assert len(torch.unique(changed, dim=0)) == 32


@pytest.mark.parametrize("paper", [-0.7, 0.0, 2.5])
def test_what_comes_from_outside_is_paper_whether_dark_or_light(paper):
    images = paper + smooth_glyph() * (1 if paper < 1 else -3)
    changed = augment(images.expand(50, -1, -1, -1), how=Augment(rotate=30, shift=0.2), rng=rng())
    corners = changed[..., ::27, ::27]
    torch.testing.assert_close(corners, torch.full_like(corners, paper), atol=0.02, rtol=0)


def test_all_frames_of_a_clip_and_all_channels_change_alike():
    images = smooth_glyph()[:, :, None].expand(6, 3, 5, -1, -1)
    changed = augment(images, how=EVERYTHING, rng=rng())
    assert changed.shape == (6, 3, 5, 28, 28)
    torch.testing.assert_close(changed, changed[:, :1, :1].expand_as(changed))


def test_elastic_bends_but_moves_no_point_further_than_its_amplitude():
    columns = torch.arange(28.0).expand(64, 1, 28, 28)
    moved = augment(columns, how=Augment(elastic=2.0), rng=rng())[..., 6:-6, 6:-6] - columns[..., 6:-6, 6:-6]
    assert 1.0 < moved.abs().max() < 2.0 * 1.5  # bicubic curves overshoot their knots a little
    assert moved.flatten(1).std(dim=1).min() > 0.05


def test_cutout_blanks_a_square_of_the_stated_side():
    blanked = (cutout(torch.ones(2000, 2, 28, 28), side=0.5, rng=rng()) == 0)[:, 0]
    areas = blanked.sum((1, 2))
    assert areas.max() == 14 * 14
    assert blanked.any(1).sum(1).max() == blanked.any(2).sum(1).max() == 14
    expected = (14 * (1 - 14 / 28 / 4)) ** 2  # the mean length of a side whose centre is anywhere
    assert areas.float().mean().item() == pytest.approx(expected, rel=0.02)


def test_cutout_of_every_channel_is_the_same_square():
    changed = cutout(torch.ones(8, 3, 28, 28), side=0.4, rng=rng())
    assert torch.equal(changed[:, :1].expand_as(changed), changed)


@pytest.mark.parametrize(
    "how",
    [
        Augment(mixup=0.4, mix_share=1),
        Augment(cutmix=1.0, mix_share=1),
        Augment(mixup=0.4, cutmix=1.0, mix_share=1),
    ],
)
def test_mixed_targets_sum_to_one_and_follow_the_pixels(how):
    labels = torch.arange(64) % 10
    targets = torch.nn.functional.one_hot(labels, 10).float()
    images = labels[:, None, None, None].float().expand(-1, 1, 28, 28)
    mixed, soft = mix(images, targets, how=how, rng=rng())
    torch.testing.assert_close(soft.sum(1), torch.ones(64))
    assert (soft >= 0).all()
    torch.testing.assert_close(mixed.mean((1, 2, 3)), soft @ torch.arange(10.0), atol=1e-3, rtol=1e-3)
    assert ((soft > 0).sum(1) == 2).any()


def test_cutmix_pastes_whole_pixels_and_mixup_blends_them():
    images = (torch.arange(64) % 2)[:, None, None, None].float().expand(-1, 1, 28, 28)
    pasted, _ = mix(images, torch.eye(64), how=Augment(cutmix=1, mix_share=1), rng=rng())
    blended, _ = mix(images, torch.eye(64), how=Augment(mixup=1, mix_share=1), rng=rng())
    assert set(pasted.unique().tolist()) == {0.0, 1.0}
    assert ((blended > 0.01) & (blended < 0.99)).any()
    assert torch.equal(blended.amax((1, 2, 3)), blended.amin((1, 2, 3)))


def test_the_stated_share_of_batches_is_mixed():
    images, targets, dice = torch.randn(4, 1, 8, 8), torch.eye(4), rng()
    touched = sum(
        mix(images, targets, how=Augment(mixup=1, mix_share=0.3), rng=dice)[0] is not images
        for _ in range(1000)
    )
    assert touched == pytest.approx(300, abs=45)


def test_mixing_without_alphas_returns_the_batch_itself():
    images, targets = torch.randn(4, 1, 8, 8), torch.eye(4)
    assert mix(images, targets, how=Augment(mix_share=1), rng=rng())[0] is images


def test_shifted_views_are_the_nine_moves_of_the_image():
    images = smooth_glyph()
    views = list(shifted(images, pixels=2))
    assert len(views) == 9
    torch.testing.assert_close(views[4], images)
    torch.testing.assert_close(views[0][..., 2:, 2:], images[..., :-2, :-2])
    torch.testing.assert_close(views[8][..., :-2, :-2], images[..., 2:, 2:])


def test_shifted_views_of_clips_move_every_frame():
    clip = smooth_glyph()[:, :, None].expand(2, 3, 4, -1, -1)
    views = list(shifted(clip, pixels=1))
    torch.testing.assert_close(views[1][..., 1:, :], clip[..., :-1, :])


def test_half_precision_images_stay_half():
    images = torch.randn(4, 1, 28, 28).bfloat16()
    assert augment(images, how=EVERYTHING, rng=rng()).dtype == torch.bfloat16


# --- mirroring and light, against Pillow and torchvision ---------------------------------------------------------


def test_mirrored_images_are_pillows_and_about_half_of_a_batch():
    images = torch.rand(400, 3, 8, 10, generator=rng())
    changed = augment(images, how=Augment(mirror=True), rng=rng())
    is_mirrored = torch.tensor([not torch.equal(a, b) for a, b in zip(images, changed, strict=True)])
    assert 160 < is_mirrored.sum() < 240
    for image, other in zip(images[is_mirrored][:5], changed[is_mirrored][:5], strict=True):
        for channel in range(3):
            expected = ImageOps.mirror(Image.fromarray(image[channel].numpy()))
            assert np.array_equal(other[channel].numpy(), np.asarray(expected))


def test_nothing_is_mirrored_unless_asked_for():
    images = torch.zeros(300, 1, 28, 28)
    images[..., :14] = 1  # bright on the left
    changed = augment(images, how=EVERYTHING.model_copy(update={"rotate": 30}), rng=rng())
    assert (changed[..., :10].mean(dim=(1, 2, 3)) > changed[..., 18:].mean(dim=(1, 2, 3))).all()


def test_all_frames_of_a_clip_are_mirrored_or_none_and_no_frame_is_moved_in_time():
    clips = torch.rand(40, 3, 5, 6, 7, generator=rng())
    changed = augment(clips, how=Augment(mirror=True), rng=rng())
    for clip, other in zip(clips, changed, strict=True):
        assert torch.equal(other, clip) or torch.equal(other, clip.flip(-1))


@pytest.mark.parametrize("shape", [(6, 3, 9, 11), (6, 1, 9, 11), (6, 3, 4, 9, 11)])
def test_light_is_torchvisions_brightness_contrast_and_saturation_one_after_the_other(shape):
    images = torch.randint(90, 140, shape, dtype=torch.uint8)  # nothing is clipped on the way
    changed = light(images, amount=0.3, rng=rng())
    factors = 1 + 0.3 * (torch.rand(3, len(images), generator=rng()) * 2 - 1)
    for index, image in enumerate(images):
        one = (
            image.float().flatten(1, -2) / 255
        )  # all frames of a clip below each other: one image for the mean
        for adjust, factor in zip(
            (adjust_brightness, adjust_contrast, adjust_saturation), factors[:, index].tolist(), strict=True
        ):
            one = adjust(one, factor)
        torch.testing.assert_close(changed[index].flatten(1, -2) / 255, one, rtol=1e-4, atol=1e-4)


def test_light_stays_within_what_a_pixel_can_be_and_each_image_has_its_own():
    images = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8, generator=rng())
    changed = light(images, amount=0.9, rng=rng())
    assert changed.min() >= 0
    assert changed.max() <= 255
    assert len(changed.mean(dim=(1, 2, 3)).unique()) > 40
    torch.testing.assert_close(changed, light(images, amount=0.9, rng=rng()))
