"""The page Publish: what answers to programs, how they ask it, keys, and models as files."""

from fudemoji.studio.pages.publish import page

__all__ = ["page"]
