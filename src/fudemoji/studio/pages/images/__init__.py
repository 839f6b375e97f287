"""The images of a project: uploaded, looked at, found, tagged."""

from fudemoji.studio.pages.images import suggesting
from fudemoji.studio.pages.images.page import show

__all__ = ["show", "suggesting"]
