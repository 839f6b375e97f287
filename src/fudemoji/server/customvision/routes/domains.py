"""What a project can be for."""

from __future__ import annotations

from fastapi import APIRouter

from fudemoji.server.customvision import answers, domains, platforms
from fudemoji.server.trainings.domains import DOMAINS, Domain

__all__ = ["router"]

router = APIRouter(prefix="/domains", tags=["domains"])


@router.get("")
def get_domains() -> list[answers.Domain]:
    """Every domain."""
    return [_shown(domain) for domain in DOMAINS.values()]


@router.get("/{domain_id}")
def get_domain(domain_id: str) -> answers.Domain:
    """One domain."""
    return _shown(domains.find(domain_id))


def _shown(domain: Domain) -> answers.Domain:
    return answers.Domain(
        id=domain.id, name=domain.name, exportable=True, exportable_platforms=list(platforms.OFFERED)
    )
