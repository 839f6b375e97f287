"""Train: what a training would be, what is under way and waits, and what came of those before."""

from fudemoji.studio.pages.train import page

__all__ = ["page"]
