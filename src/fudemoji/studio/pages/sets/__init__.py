"""Named sets and projects, looked at: their balance, samples, images that are alike, and the forms of a character."""

from fudemoji.studio.pages.sets import every, one

__all__ = ["every", "one"]
