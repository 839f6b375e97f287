"""Addresses as clients write them, in any case and version, become the one form that the routes know."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["PREDICTION", "TRAINING", "CanonicalPaths", "canonical_path", "canonical_query"]

TRAINING = "/customvision/v3.4-preview/training"
PREDICTION = "/customvision/v3.1/prediction"

_BASES = {"training": TRAINING, "prediction": PREDICTION}
_VERSIONS = re.compile(r"v3\.[0-4](-preview)?", re.IGNORECASE)
_NAME_SEGMENT = 6  # customvision/v3.1/prediction/PROJECT/classify/iterations/NAME

_QUERY_NAMES = {
    name.lower(): name
    for name in (
        "allImages",
        "allIterations",
        "application",
        "classificationType",
        "description",
        "domainId",
        "flavor",
        "forceTrain",
        "ids",
        "imageIds",
        "iterationId",
        "name",
        "notificationEmailAddress",
        "orderBy",
        "overlapThreshold",
        "overwrite",
        "path",
        "platform",
        "predictionId",
        "publishName",
        "regionIds",
        "reservedBudgetInHours",
        "skip",
        "store",
        "tagIds",
        "taggingStatus",
        "take",
        "targetExportPlatforms",
        "threshold",
        "token",
        "trainingType",
        "type",
    )
}


def canonical_path(raw: str) -> str | None:
    """The path under which the routes know what a client asks for; None where it is no address of this API.

    Fixed segments and ids are told without regard to case, each version from 3.0 to 3.4 is one, and so are doubled
    slashes (an endpoint is often given with one at its end). A published name keeps its case, and stays quoted, so
    that a slash in it does not part it.

    Args:
        raw: the path as it arrived, still quoted.

    >>> canonical_path("//CustomVision/v3.0/Prediction/AB/Classify/Iterations/My%20model%2F1/Image")
    '/customvision/v3.1/prediction/ab/classify/iterations/My%20model%2F1/image'
    >>> canonical_path("/api/v1/projects") is None
    True
    """
    segments = [segment for segment in raw.split("/") if segment]
    if len(segments) < 4 or segments[0].lower() != "customvision" or not _VERSIONS.fullmatch(segments[1]):
        return None
    base = _BASES.get(segments[2].lower())
    if base is None:
        return None
    named = base == PREDICTION and len(segments) > _NAME_SEGMENT
    rest = [
        segment if named and place == _NAME_SEGMENT else segment.lower()
        for place, segment in enumerate(segments)
    ][3:]
    return "/".join([base, *rest])


def canonical_query(raw: str) -> str:
    """The query with the names of its parameters as the routes write them; the values stay as they are.

    >>> canonical_query("TagIDs=a,b&take=3")
    'tagIds=a,b&take=3'
    """
    parts = []
    for part in raw.split("&"):
        name, equals, value = part.partition("=")
        parts.append(_QUERY_NAMES.get(name.lower(), name) + equals + value)
    return "&".join(parts)


class CanonicalPaths:
    """ASGI middleware that rewrites the addresses of this API, and leaves all others alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw = scope.get("raw_path") or quote(scope["path"]).encode()
            path = canonical_path(raw.decode("latin-1").partition("?")[0])
            if path is not None:
                query = canonical_query(scope["query_string"].decode("latin-1")).encode("latin-1")
                # in place: whoever counts requests outside finds the route in the same scope
                scope.update(path=path, raw_path=path.encode("latin-1"), query_string=query)
        await self._app(scope, receive, send)
