"""Sets of places that are connected, and which are connected next (union-find)."""

# P pairs

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Forest"]


class Forest:
    """Sets of connected places; the smallest place stands for its set.

    >>> forest = Forest(4)
    >>> forest.join(3, 1), forest.join(1, 3), forest.roots().tolist()
    (True, False, [0, 1, 2, 1])
    """

    def __init__(self, size: int) -> None:
        self._parent = np.arange(size, dtype=np.int64)

    def _root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = int(self._parent[place])
        return place

    def join(self, a: int, b: int) -> bool:
        """Connect two places; whether they were apart."""
        a, b = self._root(a), self._root(b)
        self._parent[max(a, b)] = min(a, b)
        return a != b

    def roots(self) -> NDArray[np.int64]:
        """What stands for each place."""
        while not np.array_equal(above := self._parent[self._parent], self._parent):
            self._parent = above
        return self._parent

    def are_apart(self, a_P: NDArray[np.int64], b_P: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether two places of each pair are not yet connected."""
        roots = self.roots()
        apart: NDArray[np.bool_] = roots[a_P] != roots[b_P]
        return apart
