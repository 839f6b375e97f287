"""What an import asks a Custom Vision service, or another fudemoji server, through the real client."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from fudemoji.errors import FudemojiError, SettingsError, did_you_mean
from fudemoji.server.importing.patience import PassingError, Patience, is_passing, seconds_of

__all__ = ["ImportFailed", "Source", "SourceImage", "SourceProject", "SourceTag", "clean_endpoint"]

T = TypeVar("T")

_PAGE = 256  # the most that the service lists at once
_TIMEOUT_SECONDS = 30
_FEW = 8  # projects that an error names
_EXAMPLE = "https://NAME.cognitiveservices.azure.com"


class ImportFailed(FudemojiError):
    """An import that began and could not go on; the same command goes on with it."""

    exit_code = 1


@dataclass(frozen=True)
class SourceProject:
    """A project of the service."""

    id: str
    name: str
    description: str
    kind: Literal["multiclass", "multilabel"]
    domain_id: str
    export_platforms: tuple[str, ...]


@dataclass(frozen=True)
class SourceTag:
    """A tag of the service, and how many images it says have it."""

    id: str
    name: str
    description: str
    kind: Literal["regular", "negative"]
    num_images: int


@dataclass(frozen=True)
class SourceImage:
    """An image of the service.

    Attributes:
        address: of the file as it was uploaded: a URL, or a path that only the service itself can open.
        about: what clients wanted to be remembered of it.
    """

    id: str
    address: str
    tag_ids: tuple[str, ...]
    about: Mapping[str, str]


class Source:
    """The training API of one endpoint, as one key sees it.

    Attributes:
        endpoint: without the path of the API.
        host: what errors call it.

    Raises:
        SettingsError: the client is not installed, or the endpoint or the key cannot be one.
    """

    def __init__(self, endpoint: str, key: str, *, patience: Patience | None = None) -> None:
        self.endpoint = clean_endpoint(endpoint)
        self.host = urlsplit(self.endpoint).netloc
        self.patience = patience or Patience()
        self._client = _client(self.endpoint, key)
        self._key = key

    def headers_for(self, address: str) -> dict[str, str]:
        """The key, for addresses of the endpoint itself; nothing for any other."""
        is_own = urlsplit(address)[:2] == urlsplit(self.endpoint)[:2]
        return {"Training-Key": self._key} if is_own else {}

    def find(self, wanted: str) -> SourceProject:
        """The project of this id or name.

        Raises:
            SettingsError: there is none, there are several, or it is for object detection.
            ImportFailed: no answer.
        """
        every = self._ask(lambda: {_id(one.id): one for one in self._client.get_projects()})
        found = [one for id_, one in every.items() if wanted == one.name or wanted.lower() == id_]
        if not found:
            raise SettingsError(
                f"{self.host} has no project '{wanted}'{_offer(wanted, [str(one.name) for one in every.values()])}"
            )
        if len(found) > 1:
            raise SettingsError(
                f"{self.host} has {len(found)} projects '{wanted}'; give the id: {', '.join(one.id for one in found)}"
            )
        return self._checked(found[0])

    def _checked(self, found: Any) -> SourceProject:
        domain = self._ask(lambda: self._client.get_domain(found.settings.domain_id))
        if domain.type == "ObjectDetection" or found.settings.classification_type is None:
            raise SettingsError(
                f"project '{found.name}' is for object detection, its tags belong to regions of an image; "
                "fudemoji classifies whole images, and imports projects of classification only"
            )
        return self._ask(lambda: _project(found))

    def tags(self, project: SourceProject) -> list[SourceTag]:
        """All tags of a project."""
        return self._ask(lambda: [_tag(one) for one in self._client.get_tags(project.id)])

    def num_images(self, project: SourceProject) -> int:
        """How many images the service says there are."""
        return int(self._ask(lambda: self._client.get_image_count(project.id)))

    def pages(self, project: SourceProject) -> Iterator[list[SourceImage]]:
        """All images, the oldest first, page by page; each page is asked for when the one before is done."""
        skip = 0
        while page := self._page(project, skip=skip):
            yield page
            skip += len(page)

    def _page(self, project: SourceProject, *, skip: int) -> list[SourceImage]:
        def ask() -> list[SourceImage]:
            found = self._client.get_images(project.id, order_by="Oldest", take=_PAGE, skip=skip)
            return [_image(one) for one in found]

        return self._ask(ask)

    def looked_up(self, project: SourceProject, image: SourceImage) -> SourceImage | None:
        """The image with an address that is valid now, or None where the project has it no more."""
        ask = self._client.get_images_by_ids
        found = self._ask(lambda: [_image(one) for one in ask(project.id, image_ids=[image.id])])
        return found[0] if found else None

    @contextmanager
    def artifact(self, project: SourceProject, path: str) -> Iterator[Iterator[bytes]]:
        """The pieces of a file that the service does not show to the world (its resource is in a virtual network)."""
        with self._explained():
            yield iter(self._client.get_artifact(project.id, path))

    def _ask(self, call: Callable[[], T]) -> T:
        """What the client's call returns, however often it takes."""

        def once() -> T:
            with self._explained():
                return call()

        try:
            return self.patience(once)
        except PassingError as error:
            raise ImportFailed(
                f"no answer from {self.host} ({error}), tried {self.patience.num_tries} times; check the endpoint "
                "and the network, and give the same command again: it goes on where it was"
            ) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the client raises into what can be told, or tried again."""
        from msrest.exceptions import ClientException, ClientRequestError, HttpOperationError

        try:
            yield
        except HttpOperationError as error:
            raise self._refusal(error) from error
        except ClientRequestError as error:
            raise PassingError("the connection failed, or took too long") from error
        except (ClientException, AttributeError, TypeError, ValueError) as error:
            raise SettingsError(self._is_none("its answer is not in the form of that API")) from error

    def _refusal(self, error: Any) -> Exception:
        status = error.response.status_code
        if is_passing(status):
            return PassingError(f"HTTP {status}", after=seconds_of(error.response.headers.get("Retry-After")))
        if status in (401, 403):
            return SettingsError(
                f"{self.host} refuses the key (HTTP {status}); give the key of the training resource in "
                "CUSTOM_VISION_TRAINING_KEY or --key-file, and the endpoint of the same resource"
            )
        code, message = (getattr(error.error, name, None) for name in ("code", "message"))
        if code is None or status < 400:
            return SettingsError(self._is_none(f"HTTP {status}"))
        return SettingsError(f"{self.host} answers {code}: {_one_line(str(message))}")

    def _is_none(self, reason: str) -> str:
        return (
            f"{self.endpoint} is no endpoint of a Custom Vision training service ({reason}); "
            f"give one such as {_EXAMPLE}"
        )


def clean_endpoint(endpoint: str) -> str:
    """An endpoint without the path of the API, which people copy along.

    Raises:
        SettingsError: it is no URL of http or https, or holds a password.

    >>> clean_endpoint("https://NAME.cognitiveservices.azure.com/customvision/v3.3/Training/")
    'https://name.cognitiveservices.azure.com'
    """
    try:
        parts = urlsplit(endpoint.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"'{_one_line(endpoint)}' is no endpoint; give a URL such as {_EXAMPLE}")
    if parts.username is not None:
        raise SettingsError("the endpoint holds a user or a password; leave it out, the key goes another way")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = re.sub(r"/customvision(/.*)?$", "", parts.path.rstrip("/"), flags=re.IGNORECASE)
    return f"{parts.scheme}://{host}{port}{path}"


def _client(endpoint: str, key: str) -> Any:
    try:
        from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
        from msrest.authentication import ApiKeyCredentials
    except ImportError:
        raise SettingsError(
            "importing needs Custom Vision's own client; install it with `pip install 'fudemoji[azure]'`"
        ) from None
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError("the training key holds characters that no key has; copy it once more")
    client = CustomVisionTrainingClient(endpoint, ApiKeyCredentials(in_headers={"Training-Key": key}))
    client.config.connection.timeout = _TIMEOUT_SECONDS
    client.config.redirect_policy.allow = False  # the key would go along
    client.config.retry_policy.retries = 0  # we try again ourselves, and tell
    client.config.retry_policy.policy.status_forcelist = ()
    client.config.retry_policy.policy.respect_retry_after_header = False
    return client


def _project(found: Any) -> SourceProject:
    how = found.settings
    return SourceProject(
        id=_id(found.id),
        name=found.name,
        description=found.description or "",
        kind="multilabel" if how.classification_type == "Multilabel" else "multiclass",
        domain_id=_id(how.domain_id),
        export_platforms=tuple(how.target_export_platforms or ()),
    )


def _tag(found: Any) -> SourceTag:
    return SourceTag(
        id=_id(found.id),
        name=found.name,
        description=found.description or "",
        kind="negative" if found.type == "Negative" else "regular",
        num_images=found.image_count or 0,
    )


def _image(found: Any) -> SourceImage:
    tags = tuple(dict.fromkeys(_id(tag.tag_id) for tag in found.tags or ()))
    return SourceImage(
        id=_id(found.id),
        address=found.original_image_uri or "",
        tag_ids=tags,
        about=dict(found.metadata or {}),
    )


def _id(text: str) -> str:
    """An id, which names files later on, in one way of writing it."""
    return str(uuid.UUID(text))


def _offer(wanted: str, names: list[str]) -> str:
    """What else there is."""
    if not names:
        return ": it has none that this key may see"
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{did_you_mean(wanted, names)}; it has: {', '.join(sorted(names)[:_FEW])}{more}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
