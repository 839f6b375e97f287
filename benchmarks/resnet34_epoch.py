"""ResNet-34 with the standard stem, batch 128, 28 px: whole epochs of fudemoji and of fastai, in turns.

Whole means with batches, shuffling and augmentation on both sides: fastai's `aug_transforms` without
mirroring against our rotation, zoom, shear and shift. Both train on the same images, all of the
training split.
"""

import common
import ours
import peers
import turns

AUGMENT = {"rotate": 10.0, "zoom": 0.1, "shear": 0.2, "shift": 0.1}


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--epochs", type=int, default=4, help="turns of each side; the first is the warm-up")
    parser.add_argument("--arch", default="resnet34", choices=("resnet18", "resnet34", "resnet50"))
    options = parser.parse_args()
    result = common.Result(f"Whole epochs of {options.arch}: fudemoji against fastai", options)
    same = {"data": options.data, "epochs": options.epochs, "batch_size": 128, "seed": 0}
    records = turns.in_turns(
        {
            "fudemoji": turns.Contestant(
                ours.epochs, recipe="article-2019", model=options.arch, lr=3e-3, valid=0.0, **AUGMENT, **same
            ),
            "fastai": turns.Contestant(peers.fastai_vision_learner, arch=options.arch, peak=3e-3, **same),
        },
        rounds=options.epochs,
    )
    warm = {name: found[1:] or found for name, found in records.items()}
    seconds = {name: [record["seconds"] for record in found] for name, found in warm.items()}
    result.add(
        [
            {
                "contestant": name,
                "seconds an epoch, median (range)": common.summary(seconds[name]),
                "first epoch, s": f"{records[name][0]['seconds']:.2f}",
                "images/s, median (range)": common.summary(
                    [r["num_images"] / r["seconds"] for r in found], 0
                ),
                "test accuracy after the last, %": f"{100 * records[name][-1]['accuracy']:.1f}",
            }
            for name, found in warm.items()
        ]
    )
    result.note(
        f"n = {len(seconds['fudemoji'])} epochs of {records['fudemoji'][0]['num_images']} images each, "
        "after one epoch of warm-up. fastai takes "
        f"**{common.summary(common.ratios(seconds['fastai'], seconds['fudemoji']))}** times "
        "as long an epoch (median and range of the ratios of epochs in turn; the bar is 1.4 or more)."
    )
    result.write()


if __name__ == "__main__":
    main()
