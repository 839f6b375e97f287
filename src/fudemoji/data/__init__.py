"""Image sets and where they come from; batches and augmentation live in modules of their own (they need torch)."""

from fudemoji.data.sets import ImageSet, LabelClass

__all__ = ["ImageSet", "LabelClass"]
