"""How much of the machine's measured ceiling each model's training reaches.

The ceiling is the fastest 3x3 convolution, forward and backward, in bf16 and channels last, among a few
shapes; bf16 matrix products and fp32 stand beside it. Ceilings and models take turns in one run, since
other load halves both. Operations are counted by torch's FlopCounterMode (a multiplication and an
addition are two); norms, activations and optimisers count nothing, so a share of 100 % is out of reach.
"""

import statistics
import time

import common
import ours
import peers
import turns

SHAPES = ((64, 28), (128, 14), (256, 14), (256, 7))  # channels in and out, side of the map


def convolution(turn: turns.Turn, *, precision: str, batch_size: int, seconds: float) -> None:
    """GFLOP/s of 3x3 convolutions, forward and backward, for each of `SHAPES`."""
    import torch

    device, dtype = peers.best_device(), getattr(torch, precision)
    jobs = {}
    for channels, side in SHAPES:
        x = torch.randn(batch_size, channels, side, side, device=device, dtype=dtype)
        w = torch.randn(channels, channels, 3, 3, device=device, dtype=dtype)
        x, w = (t.contiguous(memory_format=torch.channels_last).requires_grad_() for t in (x, w))
        grad = torch.ones_like(x)
        flops = 3 * 2 * 9 * channels * channels * side * side * batch_size

        def once(x: torch.Tensor = x, w: torch.Tensor = w, grad: torch.Tensor = grad) -> None:
            torch.autograd.grad(torch.nn.functional.conv2d(x, w, padding=1), (x, w), grad)

        jobs[f"{channels} channels, {side} px"] = (once, flops)
    _repeat(turn, jobs, seconds=seconds)


def product(turn: turns.Turn, *, precision: str, side: int, seconds: float) -> None:
    """GFLOP/s of the product of two square matrices."""
    import torch

    a, b = (
        torch.randn(side, side, device=peers.best_device(), dtype=getattr(torch, precision)) for _ in range(2)
    )
    _repeat(turn, {f"{side} x {side}": (lambda: a @ b, 2 * side**3)}, seconds=seconds)


def _repeat(turn: turns.Turn, jobs: dict, *, seconds: float) -> None:
    while True:
        record = {}
        for name, (once, flops) in jobs.items():
            once()
            peers.finish_device_work()
            start, count = time.perf_counter(), 0
            while time.perf_counter() - start < seconds:
                once()
                peers.finish_device_work()
                count += 1
            record[name] = flops * count / (time.perf_counter() - start) / 1e9
        turn(record)


def main() -> None:
    """Run, print and write."""
    parser = common.parser(__doc__)
    parser.add_argument("--models", default="mlp,cnn,resnet18,resnet34,fude-s,fude-m,fude-l")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=10, help="steps a turn of each model")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="time for each shape in a turn of a ceiling"
    )
    parser.add_argument("--rounds", type=int, default=5, help="turns of each, after one of warm-up")
    options = parser.parse_args()
    result = common.Result("Share of the machine's ceiling", options)
    models, seconds = common.names(options.models), options.seconds
    counted = {model: turns.Contestant(ours.flops, model=model) for model in models}
    flops = {model: found[0]["flops"] for model, found in turns.in_turns(counted, rounds=1).items()}
    conv, kernel = {"batch_size": options.batch_size, "seconds": seconds}, {"side": 2048, "seconds": seconds}
    ceilings = {
        "3x3 convolution, bf16": turns.Contestant(convolution, precision="bfloat16", **conv),
        "3x3 convolution, fp32": turns.Contestant(convolution, precision="float32", **conv),
        "matrix product, bf16": turns.Contestant(product, precision="bfloat16", **kernel),
        "matrix product, fp32": turns.Contestant(product, precision="float32", **kernel),
    }
    same = {"batch_size": options.batch_size, "steps": options.steps}
    playing = {model: turns.Contestant(ours.steps, model=model, **same) for model in models}
    records = turns.in_turns({**ceilings, **playing}, rounds=options.rounds + 1)
    records = {name: found[1:] for name, found in records.items()}

    best = {}
    for name in ceilings:
        by_shape = {shape: [record[shape] for record in records[name]] for shape in records[name][0]}
        shape = max(by_shape, key=lambda shape: statistics.median(by_shape[shape]))
        best[name] = (shape, by_shape[shape])
    result.add(
        [
            {"ceiling": name, "at": shape, "GFLOP/s": common.summary(found, 0)}
            for name, (shape, found) in best.items()
        ]
    )
    top = best["3x3 convolution, bf16"][1]
    rows = []
    for model in models:
        rate = [record["num_images"] / record["seconds"] for record in records[model]]
        reached = [flops[model] * images / 1e9 for images in rate]
        rows.append(
            {
                "model": model,
                "runs in": records[model][0]["precision"],
                "MFLOP an image": f"{flops[model] / 1e6:.1f}",
                "images/s": common.summary(rate, 0),
                "GFLOP/s": common.summary(reached, 0),
                "share of the bf16 convolution ceiling, %": common.summary(
                    [100 * share for share in common.ratios(reached, top)], 1
                ),
            }
        )
    result.add(rows, title="Training steps")
    result.note(
        f"n = {options.rounds} turns after one of warm-up, batch {options.batch_size}, forward and "
        "backward for the convolutions; median (lowest to highest), shares turn by turn."
    )
    result.write()


if __name__ == "__main__":
    main()
