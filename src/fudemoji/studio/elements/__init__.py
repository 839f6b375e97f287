"""What pages are made of beside NiceGUI's own elements."""

from fudemoji.studio.elements.plain import text

__all__ = ["text"]
