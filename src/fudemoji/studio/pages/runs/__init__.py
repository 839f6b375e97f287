"""All runs on this machine, those of the store and those of the command line."""

from fudemoji.studio.pages.runs import one, several

__all__ = ["one", "several"]
