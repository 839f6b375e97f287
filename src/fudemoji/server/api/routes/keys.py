"""Keys."""

from __future__ import annotations

from fudemoji.server.api import shown
from fudemoji.server.api.asked import KeyWish
from fudemoji.server.api.routing import router_of
from fudemoji.server.context import Current, training_caller
from fudemoji.server.store import keys, projects, tables

__all__ = ["router"]

router = router_of("keys", prefix="/keys", caller=training_caller)


@router.get("", response_model=list[shown.Key], summary="List the keys")
def get_keys(context: Current) -> list[tables.Key]:
    """All keys, revoked ones too, the oldest first; this needs a training key for all projects."""
    with context.store.session(reads_only=True) as session:
        return keys.every(session)


@router.post("", status_code=201, summary="Make a key")
def create_key(context: Current, wish: KeyWish) -> shown.NewKey:
    """A new key, with its secret, which cannot be had again. With the first key the server asks everybody for one."""
    with context.store.session() as session:
        project = projects.find(session, wish.project_id) if wish.project_id is not None else None
        key, secret = keys.create(session, name=wish.name, kind=wish.kind, project=project)
    context.auth.forget()
    return shown.NewKey(**shown.Key.model_validate(key).model_dump(), secret=secret)


@router.delete("/{key_id}", response_model=shown.Key, summary="Revoke a key")
def revoke_key(context: Current, key_id: str) -> tables.Key:
    """Let a key open nothing from now on."""
    with context.store.session() as session:
        key = keys.revoke(session, keys.find(session, key_id))
    context.auth.forget()
    return key
