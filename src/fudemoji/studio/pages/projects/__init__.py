"""Projects: all of them, a new one, and the settings of one."""

from fudemoji.studio.pages.projects import cards, making, settings

__all__ = ["cards", "making", "settings"]
