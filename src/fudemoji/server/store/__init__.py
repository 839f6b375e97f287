"""What a server keeps: a database, the images beside it, and the functions that change both."""

from fudemoji.server.store.store import Store

__all__ = ["Store"]
