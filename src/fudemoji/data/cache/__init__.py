"""Decoded sets on the disk: found by content and settings, written whole or not at all, read through a map."""
