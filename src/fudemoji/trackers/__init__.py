"""What watches a run: each tracker gets every event, in order; none can stop a training or hold it up."""

from fudemoji.trackers.audience import DISPLAY, Audience
from fudemoji.trackers.decoding import DecodingBar, decoding_bar
from fudemoji.trackers.folder import FolderTracker
from fudemoji.trackers.named import TRACKERS, check_tracker, remembered
from fudemoji.trackers.terminal import TerminalTracker
from fudemoji.trackers.tracker import Tracker

__all__ = [
    "DISPLAY",
    "TRACKERS",
    "Audience",
    "DecodingBar",
    "FolderTracker",
    "TerminalTracker",
    "Tracker",
    "check_tracker",
    "decoding_bar",
    "remembered",
]
