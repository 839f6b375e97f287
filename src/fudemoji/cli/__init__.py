"""The `fudemoji` command: each verb parses, calls one function, and shows what came out."""

from fudemoji.cli.app import main

__all__ = ["main"]
