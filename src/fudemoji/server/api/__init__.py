"""Our own REST API, /api/v1: projects, tags, images, iterations, publications, predictions, exports, keys."""

from fudemoji.server.api.installing import install

__all__ = ["install"]
