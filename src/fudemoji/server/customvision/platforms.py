"""The platforms that the service knows."""

from __future__ import annotations

from collections.abc import Sequence

from fudemoji.serving.errors import ApiError

__all__ = ["OFFERED", "named"]

OFFERED = ("ONNX",)
_KNOWN = ("CoreML", "DockerFile", "ONNX", "OpenVino", "TensorFlow", "VAIDK")


def named(names: Sequence[str]) -> list[str]:
    """The platforms that a project is to be exported to, as the service writes them.

    Those that models are not packed for here are kept, because programs name them without ever asking for them.

    Raises:
        ApiError: the service has no such platform.
    """
    known = {name.lower(): name for name in _KNOWN}
    if any(name.lower() not in known for name in names):
        raise ApiError(
            400,
            "BadRequestProjectUnsupportedExportPlatform",
            f"there is no such platform; known: {', '.join(_KNOWN)}",
        )
    return [known[name.lower()] for name in names]
