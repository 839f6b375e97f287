"""The domains of Custom Vision, by the ids that existing programs have written into them."""

from __future__ import annotations

from fudemoji.server.trainings.domains import DOMAINS, GENERAL, Domain
from fudemoji.serving.errors import ApiError

__all__ = ["GENERAL", "find"]

_DETECTION = {
    "da2e3a8a-40a5-4171-82f4-58522f70fbc1": "General",
    "9c616dff-2e7d-ea11-af59-1866da359ce6": "General [A1]",
    "1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4": "Logo",
    "3780a898-81c3-4516-81ae-3a139614e1f3": "Products on Shelves",
    "a27d5ca5-bb19-49d8-a70a-fec086c47f5b": "General (compact)",
    "7ec2ac80-887b-48a6-8df9-8b1357765430": "General (compact) [S1]",
}


def find(domain_id: str) -> Domain:
    """The domain of an id, in any case.

    Raises:
        ApiError: there is none, or it is one for the detection of objects.
    """
    domain_id = domain_id.lower()
    if domain_id in DOMAINS:
        return DOMAINS[domain_id]
    if domain_id in _DETECTION:
        raise ApiError(
            400,
            "BadRequestNotSupported",
            f"the domain {_DETECTION[domain_id]} detects objects; this server classifies whole images",
        )
    raise ApiError(404, "NotFoundDomain", "there is no domain of this id; GET /domains lists them all")
