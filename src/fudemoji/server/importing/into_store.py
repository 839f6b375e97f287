"""Images of a service as a project of a server's store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from fudemoji.errors import SettingsError
from fudemoji.locks import folder_lock
from fudemoji.server.importing.downloading import MOST_BYTES, Fetched
from fudemoji.server.importing.source import ImportFailed, SourceProject, SourceTag
from fudemoji.server.store import Store, images, projects, tags
from fudemoji.server.store.tables import Image, ImageTag, Import, ImportedImage, Project, Tag
from fudemoji.serving.errors import ApiError

__all__ = ["StoreDestination"]

_LIMITS = images.Limits(
    num_bytes=MOST_BYTES, side=100_000, aspect=100_000.0
)  # what the source has taken is taken
_AT_ONCE = 500


class StoreDestination:
    """A project of a store; where each image came from is recorded in the transaction that adds it.

    Attributes:
        place: the project, by its name.
    """

    def __init__(self, store: Store, *, endpoint: str, name: str | None) -> None:
        self.place = name or ""
        self._store = store
        self._endpoint = endpoint
        self._name = name
        self._import_id = ""
        self._project_id = ""
        self._tag_ids: dict[str, str] = {}  # ours, by those of the source

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other imports out of the store; a server may use it meanwhile.

        Raises:
            SettingsError: another one is at work there.
        """
        folder = self._store.folder / "imports"
        folder.mkdir(exist_ok=True)
        refusal = SettingsError(f"another import into {self._store.folder} is under way; let it end")
        with folder_lock(folder, refusal=refusal):
            yield

    def begin(self, project: SourceProject, tags: Sequence[SourceTag]) -> set[str]:
        """Make the project, or find the one that an earlier call has made; the ids of the images that are there.

        Raises:
            SettingsError: the name is taken, or several projects came from this one.
        """
        with _told(), self._store.session() as session:
            ours, origin = self._found(session, project) or self._made(session, project)
            self.place, self._project_id, self._import_id = ours.name, ours.id, origin.id
            self._tag_ids = origin.tag_ids = _ours_of(session, ours, tags, before=origin.tag_ids)
            query = select(ImportedImage.source_id).where(ImportedImage.import_id == origin.id)
            return set(session.scalars(query))

    def _found(self, session: Session, project: SourceProject) -> tuple[Project, Import] | None:
        query = (
            select(Project, Import)
            .join(Import, Import.project_id == Project.id)
            .where(Import.endpoint == self._endpoint, Import.source_id == project.id)
        )
        if self._name is not None:
            query = query.where(Project.name == self._name)
        found = session.execute(query).all()
        if len(found) > 1:
            names = ", ".join(sorted(ours.name for ours, _ in found))
            raise SettingsError(
                f"the store has several imports of '{project.name}': {names}; say which by --name"
            )
        return found[0] if found else None

    def _made(self, session: Session, project: SourceProject) -> tuple[Project, Import]:
        try:
            ours = projects.create(
                session,
                name=self._name or project.name,
                description=project.description,
                kind=project.kind,
                domain_id=project.domain_id,
                export_platforms=project.export_platforms,
            )
        except ApiError as error:
            if error.code == "BadRequestProjectNameNotUnique":
                raise SettingsError(
                    f"the store has a project '{self._name or project.name}' already, which did not come from there; "
                    "choose another --name"
                ) from error
            raise
        origin = Import(project_id=ours.id, endpoint=self._endpoint, source_id=project.id)
        session.add(origin)
        session.flush()
        return ours, origin

    def keep(self, group: Sequence[Fetched]) -> Mapping[str, str]:
        """Add the images with their tags, and the record of them, in one transaction; why some are refused."""
        entries = [
            images.Entry(
                content=one.content or b"", tag_ids=self._ours(one.image.tag_ids), about=one.image.about
            )
            for one in group
        ]
        kept = images.keep(self._store.blobs, entries, limits=_LIMITS)
        if full := next((one.message for one in kept if one.status == "ErrorStorage"), ""):
            raise ImportFailed(f"{full}; what has come is kept: give the same command again")
        refused = {}
        with _told(), self._store.session() as session:
            project = projects.find(session, self._project_id)
            for one, added in zip(group, images.add(session, self._store.blobs, project, kept), strict=True):
                if not added.is_good:
                    refused[one.image.id] = added.message
                if added.image is not None:
                    session.add(
                        ImportedImage(
                            import_id=self._import_id, source_id=one.image.id, image_id=added.image.id
                        )
                    )
        return refused

    def settle(self, listed: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Give the images the tags that they have at the source, and say which they have then."""
        with _told(), self._store.session() as session:
            project = projects.find(session, self._project_id)
            query = select(ImportedImage.source_id, ImportedImage.image_id).where(
                ImportedImage.import_id == self._import_id
            )
            image_ids = dict(session.execute(query).all())
            has = _tags_of(session, project)
            pairs = [
                (image_id, tag_id)
                for source_id, image_id in image_ids.items()
                for tag_id in self._ours(listed.get(source_id, ()))
                if tag_id not in has.get(image_id, ())
            ]
            for start in range(0, len(pairs), _AT_ONCE):
                images.tag(session, project, pairs[start : start + _AT_ONCE], replace=True)
            has = _tags_of(session, project)
        theirs = {ours: source_id for source_id, ours in self._tag_ids.items()}
        return {
            source_id: [theirs[one] for one in has.get(image_id, ()) if one in theirs]
            for source_id, image_id in image_ids.items()
        }

    def _ours(self, tag_ids: Sequence[str]) -> list[str]:
        """Our ids of the source's tags; one that was made meanwhile is seen by the next call."""
        return [self._tag_ids[one] for one in tag_ids if one in self._tag_ids]


def _ours_of(
    session: Session, project: Project, wanted: Sequence[SourceTag], *, before: Mapping[str, str]
) -> dict[str, str]:
    """The ids of our tags by those of the source: the ones of an earlier call, of the same name, or new ones."""
    there = tags.every(session, project)
    ids, by_name = {tag.id for tag in there}, {tag.name: tag.id for tag in there}
    found = {}
    for tag in wanted:
        ours = before.get(tag.id, "")
        ours = ours if ours in ids else by_name.get(tag.name, "")
        found[tag.id] = ours or _new_tag(session, project, tag).id
    return found


def _new_tag(session: Session, project: Project, tag: SourceTag) -> Tag:
    return tags.create(session, project, name=tag.name, description=tag.description, kind=tag.kind)


def _tags_of(session: Session, project: Project) -> dict[str, set[str]]:
    """The ids of the tags of each image of the project, as they are in the database."""
    session.flush()
    query = (
        select(ImageTag.image_id, ImageTag.tag_id)
        .join(Image, Image.id == ImageTag.image_id)
        .where(Image.project_id == project.id)
    )
    found: dict[str, set[str]] = {}
    for image_id, tag_id in session.execute(query):
        found.setdefault(image_id, set()).add(tag_id)
    return found


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with the database, in a line.

    Raises:
        ImportFailed: with the reason.
    """
    try:
        yield
    except ApiError as error:
        if error.status < 500:
            raise
        raise ImportFailed(
            f"the store cannot be written: {error}; what has come is kept: give the same command again"
        ) from error
