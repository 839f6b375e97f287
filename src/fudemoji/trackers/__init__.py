"""What watches a run: each tracker is called with every event, in order."""

from fudemoji.trackers.decoding import DecodingBar, decoding_bar
from fudemoji.trackers.folder import FolderTracker
from fudemoji.trackers.terminal import TerminalTracker
from fudemoji.trackers.tracker import Tracker

__all__ = ["DecodingBar", "FolderTracker", "TerminalTracker", "Tracker", "decoding_bar"]
