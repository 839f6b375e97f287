"""The 2022 report's CNN (540,298 parameters), batch 32: whole epochs of fudemoji and of Keras 3.

Both train on the same images, all of the training split: pixels in 0..1, Adam at 0.001, no augmentation;
the epochs of all contestants take turns. Keras is measured twice: as it comes (`jit_compile="auto"` takes
XLA) and with XLA switched off, which is faster on CPUs seen so far. The ratio is against the faster of the
two.
"""

import statistics

import common
import ours
import peers
import turns


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each contestant")
    parser.add_argument(
        "--keras", default="xla-off,as-it-comes", help="which Keras: xla-off, as-it-comes or both"
    )
    options = parser.parse_args()
    result = common.Result("The 2022 report's CNN: fudemoji against Keras", options)
    jit = {"xla-off": "no", "as-it-comes": "auto"}
    records: dict[str, list[list[common.Record]]] = {}
    for seed in range(options.seeds):
        same = {"data": options.data, "epochs": options.epochs, "batch_size": 32, "seed": seed}
        contestants = {
            "fudemoji report-2022-cnn": turns.Contestant(
                ours.epochs, recipe="report-2022-cnn", valid=0.0, **same
            ),
            **{
                f"Keras, {name}": turns.Contestant(peers.keras_report_cnn, jit=jit[name], **same)
                for name in common.names(options.keras)
            },
        }
        for name, found in turns.in_turns(contestants, rounds=options.epochs).items():
            records.setdefault(name, []).append(found)

    seconds = {name: [r["seconds"] for run in runs for r in run] for name, runs in records.items()}
    result.add(
        [
            {
                "contestant": name,
                "seconds an epoch, median (range)": common.summary(seconds[name]),
                "first epoch, s": common.summary([run[0]["seconds"] for run in runs]),
                "images/s": f"{runs[0][0]['num_images'] / statistics.median(seconds[name]):.0f}",
                f"test accuracy after {options.epochs} epochs, %": common.mean_spread(
                    [100 * run[-1]["accuracy"] for run in runs]
                ),
            }
            for name, runs in records.items()
        ]
    )
    mine, *theirs = seconds
    rival = min(theirs, key=lambda name: statistics.median(seconds[name]))
    result.note(
        f"n = {options.seeds} trainings of {options.epochs} epochs each, "
        f"{records[mine][0][0]['num_images']} images an epoch. {rival} takes "
        f"**{common.summary(common.ratios(seconds[rival], seconds[mine]))}** times as long an epoch as "
        "fudemoji (median and range of the ratios of epochs run in turn; the bar is 2 or more)."
    )
    result.write()


if __name__ == "__main__":
    main()
