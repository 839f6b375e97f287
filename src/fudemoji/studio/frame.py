"""What all pages have in common: how they are registered, what surrounds them, and what they say of failures."""

from __future__ import annotations

import copy
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fastapi import Request
from nicegui import ui
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from fudemoji.errors import FudemojiError
from fudemoji.server.context import Context
from fudemoji.server.store import projects
from fudemoji.server.store.tables import Project
from fudemoji.serving.errors import ApiError
from fudemoji.studio.assets import head
from fudemoji.studio.door import SIGN_OUT
from fudemoji.studio.elements import text
from fudemoji.studio.elements.fillings import show_fillings
from fudemoji.studio.elements.menus import Item, menu
from fudemoji.studio.visit import LOOK_COOKIE, LOOKS, look_of, main_app
from fudemoji.studio.words import LANGUAGE_COOKIE, LANGUAGES, Words, language_of

__all__ = ["Here", "page", "tell"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_BUILD_SECONDS = 15.0
_COOKIE_SECONDS = 365 * 24 * 3600
_PLACES = {"/": "Projects", "/runs": "Runs", "/sets": "Sets"}
_OF_PROJECT = {  # those of them that there are
    "images": "Images",
    "train": "Train",
    "performance": "Performance",
    "test": "Quick test",
    "publish": "Publish",
    "predictions": "Predictions",
    "settings": "Settings",
}
_REGISTERED = set[str]()  # paths of all pages
_LEAVE = f"""const form = document.createElement("form");
Object.assign(form, {{method: "post", action: "{SIGN_OUT}"}});
document.body.append(form);
form.submit()"""
_LOOKS = {"auto": "As the system", "light": "Light", "dark": "Dark"}


@dataclass(frozen=True)
class Here:
    """A page that is being built for a visitor.

    Attributes:
        context: the parts of the running server.
        say: the visitor's words.
        request: that asked for the page.
        about: the project that it is about, as it was then; None where it is about none.
    """

    context: Context
    say: Words
    request: Request
    about: Project | None = None

    @property
    def project(self) -> Project:
        """The project that the page is about."""
        assert self.about is not None, "the page's path has a project_id"
        return self.about

    async def read(self, ask: Callable[[Session], _T]) -> _T:
        """What a function of a transaction that only reads gives, in a thread."""

        def work() -> _T:
            with self.context.store.session(reads_only=True) as session:
                return ask(session)

        return await run_in_threadpool(work)

    async def write(self, change: Callable[[Session], _T]) -> _T:
        """What a function of a transaction gives, in a thread; it is committed then."""

        def work() -> _T:
            with self.context.store.session() as session:
                return change(session)

        return await run_in_threadpool(work)


def page(path: str, *, title: str) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Register a function as the page at a path; it gets `here`, and what else it asks for from the address.

    Where the path has a `{project_id}`, the page stands among those of that project.

    Args:
        path: of the page.
        title: in English.
    """

    def register(build: Callable[..., Awaitable[None]]) -> None:
        async def shown(request: Request, **asked: Any) -> None:
            here = _visit(request)
            try:
                if "project_id" in asked:
                    project_id = str(asked.pop("project_id"))
                    project = await here.read(lambda session: projects.find(session, project_id))
                    here = replace(here, about=project)
                with _surrounded(here, path, title):
                    await build(here, **asked)
            except ApiError as error:
                _say_instead(here, error)

        _REGISTERED.add(path)
        shown.__signature__ = _signature(build, path)  # type: ignore[attr-defined]
        ui.page(path, response_timeout=_BUILD_SECONDS)(shown)

    return register


def tell(here: Here, error: Exception) -> None:
    """Let the visitor know why an action came to nothing: refusals in their own words, crashes without details."""
    if isinstance(error, ApiError | FudemojiError):
        told = here.say.told(str(error))
    else:
        _log.error("an action of a page failed", exc_info=error)
        told = here.say("Something went wrong; the log of the studio has the details.")
    ui.notify(told, type="negative", multi_line=True, close_button=here.say("Close"), timeout=0)


def _signature(build: Callable[..., Awaitable[None]], path: str) -> inspect.Signature:
    """What FastAPI reads a page's parameters from: the builder's own, and what its frame needs."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = inspect.signature(build, eval_str=True).parameters
    parameters = [inspect.Parameter("request", keyword, annotation=Request)]
    if "{project_id}" in path:
        parameters.append(inspect.Parameter("project_id", keyword, annotation=str))
    parameters += [one.replace(kind=keyword) for name, one in own.items() if name != "here"]
    return inspect.Signature(parameters)


def _visit(request: Request) -> Here:
    """The visitor's words and look, put on the page that is being built."""
    client = ui.context.client
    language = language_of(request)
    own = copy.copy(client.page)  # NiceGUI keeps language and look by page, we by visitor
    own.language = "ja" if language == "ja" else "en-US"
    own.dark = LOOKS[look_of(request)]
    client.page = own
    here = Here(main_app().state.context, Words(language), request)
    ui.on_exception(lambda error: tell(here, error))
    return here


@contextmanager
def _surrounded(here: Here, path: str, title: str) -> Iterator[None]:
    """Header, navigation and the main part, which the block fills."""
    say, about = here.say, here.about
    ui.add_head_html(head(say))
    ui.page_title(" – ".join(part for part in (about.name if about else "", say(title), "fudemoji") if part))
    with ui.header(fixed=False).classes("top"):
        with ui.element("div").classes("top-bar"):
            with ui.element("a").classes("brand").props("href=/"):
                text("span", "筆文字", lang="ja")
                text("span", "studio")
            current = "/" if about else "/" + path.split("/")[1]
            places = {address: say(word) for address, word in _PLACES.items() if address in _REGISTERED}
            _navigation(say("Main"), places, current)
            _preferences(say)
        if about:
            _project_bar(say, about, path)
            show_fillings(here.context.filler, about.id, say=say, only_those_there=path.endswith("/images"))
    with ui.element("div").classes(f"content page-{_name_of(path)}") as content:
        text("h1", say(title))
        yield
    ui.skip_link(say("Skip to the content"), target=content)


def _name_of(path: str) -> str:
    """The name of a page, which that of its style sheet is, too.

    >>> _name_of("/"), _name_of("/runs/{key:path}"), _name_of("/projects/{project_id}/images/suggestions")
    ('projects', 'runs', 'suggestions')
    """
    parts = [part for part in path.split("/") if part and "{" not in part]
    return parts[-1] if parts else "projects"


def _project_bar(say: Words, project: Project, path: str) -> None:
    with ui.element("div").classes("project-bar"):
        text("strong", project.name)
        base = f"/projects/{project.id}"
        addresses = {
            f"{base}/{part}": say(word)
            for part, word in _OF_PROJECT.items()
            if f"/projects/{{project_id}}/{part}" in _REGISTERED
        }
        _navigation(project.name, addresses, f"{base}/{path.split('/')[3]}")


def _navigation(name: str, addresses: dict[str, str], current: str) -> None:
    with ui.element("nav").classes("links") as nav:
        nav.props["aria-label"] = name
        for address, word in addresses.items():
            link = text("a", word, href=address)
            if address == current:
                link.props["aria-current"] = "page"


def _preferences(say: Words) -> None:
    """Language and look, kept as cookies of the browser."""

    def choose(cookie: str, value: str) -> None:
        kept = f"{cookie}={value}; path=/; max-age={_COOKIE_SECONDS}; samesite=lax"
        ui.run_javascript(f'document.cookie = "{kept}"; location.reload()')

    def chooses(cookie: str, value: str) -> Callable[[], None]:
        return lambda: choose(cookie, value)

    languages = [Item(name, chooses(LANGUAGE_COOKIE, one), language=one) for one, name in LANGUAGES.items()]
    looks = [Item(say(word), chooses(LOOK_COOKIE, one)) for one, word in _LOOKS.items()]
    sign_out = Item(say("Sign out"), lambda: ui.run_javascript(_LEAVE))
    menu(say("Menu"), languages, looks, [sign_out], icon="tune").classes("preferences")


def _say_instead(here: Here, error: ApiError) -> None:
    """Say why there is no page, in its place."""
    here = replace(here, about=None)
    content = ui.context.client.content
    content.clear()
    with content, _surrounded(here, "/", "This page is not there"):
        text("p", here.say.told(str(error)))
        text("a", here.say("Back to the projects"), href="/")
