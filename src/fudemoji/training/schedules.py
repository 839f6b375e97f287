"""The settings of a schedule as functions of the step, and how many steps the body stays frozen."""

from __future__ import annotations

from fudemoji.config import Settings
from fudemoji.engine.schedule import Schedule, constant, cosine, in_turn, momentum_cycle, one_cycle

__all__ = ["freeze_steps", "schedules"]

_RISE = 0.99  # share of the freeze in which its rate rises, as in fastai's fine_tune


def freeze_steps(settings: Settings, *, steps_per_epoch: int, total: int) -> int:
    """Steps at the start in which only the head and the norms learn."""
    return min(total, settings.schedule.freeze.steps(steps_per_epoch=steps_per_epoch, total=total))


def schedules(settings: Settings, *, steps_per_epoch: int, total: int) -> tuple[Schedule, Schedule]:
    """Rate and momentum; while the body is frozen on a course of their own, which rises nearly to its end.

    That is fastai's fine_tune: one cycle to the peak for the head, then one for all, from the peak over `thaw_div`.
    """
    optim, schedule = settings.optim, settings.schedule
    assert optim.lr != "auto"
    frozen = freeze_steps(settings, steps_per_epoch=steps_per_epoch, total=total)
    rest = total - frozen
    warmup = schedule.warmup.steps(steps_per_epoch=steps_per_epoch, total=rest or total)
    if frozen in (0, total):
        return _course(settings, peak=optim.lr, total=total, warmup=warmup, per_epoch=steps_per_epoch)
    rise = 0 if schedule.sched == "constant" else round(_RISE * frozen)
    first = _course(settings, peak=optim.lr, total=frozen, warmup=rise, per_epoch=steps_per_epoch)
    peak = optim.lr / schedule.thaw_div
    then = _course(settings, peak=peak, total=rest, warmup=warmup, per_epoch=steps_per_epoch)
    rate, momentum = (in_turn(a, b, at=frozen) for a, b in zip(first, then, strict=True))
    return rate, momentum


def _course(
    settings: Settings, *, peak: float, total: int, warmup: int, per_epoch: int
) -> tuple[Schedule, Schedule]:
    schedule, optim = settings.schedule, settings.optim

    def steady(_: int) -> float:
        return optim.momentum

    if schedule.sched == "constant":
        every = schedule.decay_every.steps(steps_per_epoch=per_epoch, total=total)
        rate = constant(
            peak=peak, warmup=warmup, start_div=schedule.start_div, decay=schedule.decay, decay_every=every
        )
        return rate, steady
    course = one_cycle if schedule.sched == "one-cycle" else cosine
    rate = course(
        peak=peak, total=total, warmup=warmup, start_div=schedule.start_div, final_div=schedule.final_div
    )
    if schedule.sched == "cosine" or not schedule.cycle_momentum:
        return rate, steady
    low, high = schedule.momentum_low, schedule.momentum_high
    return rate, momentum_cycle(low=low, high=high, total=total, warmup=warmup)
