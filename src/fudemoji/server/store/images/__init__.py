"""The images of a project: looked at, added, found, tagged, changed and deleted."""

from fudemoji.server.store.images.adding import Added, add, upload
from fudemoji.server.store.images.changing import delete, delete_all, update
from fudemoji.server.store.images.finding import (
    Listed,
    count,
    find,
    find_all,
    fingerprint,
    identities,
    ids,
    listing,
    select,
    sha256s,
)
from fudemoji.server.store.images.intake import SERVICE_FORMATS, Entry, Kept, Limits, Status, keep
from fudemoji.server.store.images.query import ImageQuery, among
from fudemoji.server.store.images.tagging import Tagged, tag, untag

__all__ = [
    "SERVICE_FORMATS",
    "Added",
    "Entry",
    "ImageQuery",
    "Kept",
    "Limits",
    "Listed",
    "Status",
    "Tagged",
    "add",
    "among",
    "count",
    "delete",
    "delete_all",
    "find",
    "find_all",
    "fingerprint",
    "identities",
    "ids",
    "keep",
    "listing",
    "select",
    "sha256s",
    "tag",
    "untag",
    "update",
    "upload",
]
