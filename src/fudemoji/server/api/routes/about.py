"""What this server is, and what can be asked of it."""

from __future__ import annotations

from importlib.metadata import version

from fudemoji.config import RECIPES
from fudemoji.server.api import shown
from fudemoji.server.api.routing import router_of
from fudemoji.server.api.training import SETTABLE
from fudemoji.server.context import Current, any_training_caller
from fudemoji.server.trainings.domains import DOMAINS
from fudemoji.server.trainings.exporting import FLAVORS

__all__ = ["router"]

router = router_of("about", prefix="/about", caller=any_training_caller)


@router.get("", summary="What this server is")
def get_about(context: Current) -> shown.About:
    """Its version, its limits, and the domains, recipes and settings of trainings."""
    settings = context.settings
    return shown.About(
        version=version("fudemoji"),
        domains=[shown.Domain(id=one.id, name=one.name) for one in DOMAINS.values()],
        recipes=list(RECIPES),
        settings=list(SETTABLE),
        exports={name: list(flavors) for name, flavors in FLAVORS.items()},
        limits=shown.Limits.model_validate(settings),
    )
