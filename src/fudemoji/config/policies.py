"""Augmentation policies: which random changes suit which kind of images."""

from __future__ import annotations

from fudemoji.config.settings import Augment

__all__ = ["POLICIES", "describe_augment"]

# Each names every change that depends on what the images show. Mixup, CutMix and the length of the clean end do not,
# but `none` switches the two off too.
POLICIES: dict[str, dict[str, float | bool]] = {
    "characters": {
        "mirror": False, "light": 0.0, "rotate": 8, "zoom": 0.1, "shear": 0.12, "shift": 0.08,
        "elastic": 0.0, "cutout": 0.0,
    },
    "photos": {
        "mirror": True, "light": 0.2, "rotate": 10, "zoom": 0.2, "shear": 0.1, "shift": 0.1,
        "elastic": 0.0, "cutout": 0.0,
    },
    "clips": {
        "mirror": True, "light": 0.2, "rotate": 5, "zoom": 0.1, "shear": 0.0, "shift": 0.08,
        "elastic": 0.0, "cutout": 0.0,
    },
    "none": {
        "mirror": False, "light": 0.0, "rotate": 0.0, "zoom": 0.0, "shear": 0.0, "shift": 0.0,
        "elastic": 0.0, "cutout": 0.0, "mixup": 0.0, "cutmix": 0.0,
    },
}  # fmt: skip
_CHANGES = POLICIES["none"]


def describe_augment(augment: Augment) -> str:
    """A phrase that names the policy and every change that is on.

    >>> describe_augment(Augment(policy="photos", mirror=True, rotate=10))
    'augmentation photos: mirror, rotate 10'
    """
    values = {name: getattr(augment, name) for name in _CHANGES}
    on = [name if value is True else f"{name} {value:g}" for name, value in values.items() if value]
    hint = "; --no-mirror where left and right differ" if augment.policy == "clips" and augment.mirror else ""
    return f"augmentation {augment.policy}: {', '.join(on) or 'nothing is changed'}{hint}"
