"""The REST API of Azure Custom Vision, training and prediction, over the store and the trainings of this server."""

from fudemoji.server.customvision.installing import install

__all__ = ["install"]
