"""One training, from settings to a full run folder."""

from fudemoji.training.finding import BatchFinding, LRFinding, find_batch_size, find_lr
from fudemoji.training.start import fit, fit_events, resume, resume_events

__all__ = [
    "BatchFinding",
    "LRFinding",
    "find_batch_size",
    "find_lr",
    "fit",
    "fit_events",
    "resume",
    "resume_events",
]
