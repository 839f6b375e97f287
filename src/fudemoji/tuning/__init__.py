"""The search for good settings: many short trainings, scored on the validation split, in a study that survives.

The names are imported when first used: `space` needs no torch, and a wrong range is told before it is imported.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fudemoji.tuning.search import Found, tune

__all__ = ["Found", "tune"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from fudemoji.tuning import search

        return getattr(search, name)
    raise AttributeError(f"module 'fudemoji.tuning' has no attribute {name!r}")
