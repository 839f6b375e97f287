"""Images per second of training steps: each model in fudemoji, in plain PyTorch, and in fastai's Learner.

The network is the same on all sides (28 px, one channel, ten classes), AdamW, noise for images, no
augmentation. fudemoji takes uint8 from memory and picks precision and layout itself; plain PyTorch is a
hand-written fp32 loop in the default layout over one batch that is ready; fastai's Learner reads a
TensorDataset. Blocks of steps take turns.
"""

import common
import ours
import peers
import turns

MODELS = "mlp,cnn,resnet18,resnet34,fude-s,fude-m,fude-l"


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20, help="steps a turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, after one of warm-up")
    options = parser.parse_args()
    result = common.Result("Throughput of training steps", options)
    rows = []
    for model in common.names(options.models):
        same = {"model": model, "batch_size": options.batch_size, "steps": options.steps}
        records = turns.in_turns(
            {
                "fudemoji": turns.Contestant(ours.steps, **same),
                "PyTorch": turns.Contestant(peers.plain_steps, **same),
                "fastai": turns.Contestant(peers.fastai_steps, **same),
            },
            rounds=options.rounds + 1,
        )
        rate = {name: [r["num_images"] / r["seconds"] for r in found[1:]] for name, found in records.items()}
        rows.append(
            {
                "model": model,
                "fudemoji chose": records["fudemoji"][0]["precision"],
                **{f"{name}, images/s": common.summary(values, 0) for name, values in rate.items()},
                **{
                    f"fudemoji over {name}": common.summary(common.ratios(rate["fudemoji"], rate[name]))
                    for name in ("PyTorch", "fastai")
                },
            }
        )
    result.add(rows)
    result.note(
        f"n = {options.rounds} turns of {options.steps} steps of {options.batch_size} images each, after one "
        "turn of warm-up: median (lowest to highest); the ratios are of turns taken one after the other."
    )
    result.write()


if __name__ == "__main__":
    main()
