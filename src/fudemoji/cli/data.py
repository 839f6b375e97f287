"""The verbs of `fudemoji data`: list, get, show, cache, check."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fudemoji.cli.fetching import DataDir, Mirror, Timeout, fetching, state_of
from fudemoji.cli.flags import decoding_flags

if TYPE_CHECKING:
    from fudemoji.data.cache.decoded import Decoding

__all__ = ["app"]

app = typer.Typer(help="List, download and look at data sets.", no_args_is_help=True)


CacheDir = Annotated[
    Path | None,
    typer.Option(help="folder of decoded files, as given to `train`; else `decoded` among the sets"),
]
Json = Annotated[bool, typer.Option("--json", help="end with one line of JSON on stdout")]


def _decoding(values: dict[str, Any]) -> Decoding:
    from fudemoji.config import resolve
    from fudemoji.data.cache.decoded import Decoding

    return Decoding.of(resolve("quick", values))


@app.command("list")
def list_sets(*, data_dir: DataDir = None, as_json: Json = False) -> None:
    """The sets that go by a name."""
    from fudemoji.cli.show import table
    from fudemoji.data import CATALOG, is_ready

    ready = {name: is_ready(named, data_dir) for name, named in CATALOG.items()}
    if as_json:
        print(
            json.dumps(
                [{"name": n.name, "title": n.title, "ready": ready[n.name]} for n in CATALOG.values()],
                ensure_ascii=False,
            )
        )
        return
    rows = []
    for named in CATALOG.values():
        size = "x".join(map(str, named.image_size))
        fetch = (
            "embedded" if not named.files else f"{named.num_bytes / 1e6:,.0f} MB" if named.num_bytes else "-"
        )
        rows.append((named.name, f"{named.num_classes:,}", f"{named.num_images:,}", size, fetch,
                     "yes" if ready[named.name] else "no", named.title))  # fmt: skip
    table("set", ">classes", ">images", "pixels", ">download", "ready", "title", rows=rows)


@app.command()
def get(
    name: Annotated[str, typer.Argument(help="a set by name")],
    *,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    timeout: Timeout = 20.0,
) -> None:
    """Download a set, going on where an earlier download was cut, and verify it."""
    from fudemoji.data import download, named_set

    named = named_set(name)
    print(named.credit, file=sys.stderr)
    with fetching(name, total=named.num_bytes) as (progress, say):
        fetched = download(
            named, data_dir=data_dir, mirror=mirror, timeout=timeout, progress=progress, note=say
        )
    for file in fetched:
        print(f"{file.path}: {state_of(file)}")


@app.command()
@decoding_flags
def show(
    data: Annotated[str, typer.Argument(help="a set by name, or the path of your own")] = "kana",
    *,
    output: Annotated[
        Path | None, typer.Option(help="write a sheet of sample images to this PNG file")
    ] = None,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
    values: dict[str, Any],
) -> None:
    """The data sheet of a set: splits, classes, licence, and sample images if asked for."""
    from fudemoji.cli.show import table
    from fudemoji.data import data_sheet, load, sample_sheet
    from fudemoji.runs import write_beside
    from fudemoji.trackers import decoding_bar

    with decoding_bar() as bar:
        images = load(data, data_dir=data_dir, cache_dir=cache_dir, decoding=_decoding(values), progress=bar)
    for told in images.notes:
        print(told, file=sys.stderr)
    sheet = data_sheet(images)
    if output:
        with write_beside(output) as file:
            sample_sheet(images).save(file, format="PNG")
    if as_json:
        print(json.dumps(sheet, ensure_ascii=False))
        return
    size = "x".join(map(str, sheet["image_size"])) + " pixels"
    size = f"{sheet['num_frames']} frames of {size}" if sheet["num_frames"] else size
    print(f"{sheet['name']}: {sheet['num_classes']:,} classes, {size}, {sheet['channels']} channel(s)")
    for key in ("source", "licence", "credit", "fingerprint"):
        if sheet[key]:
            print(f"{key}: {sheet[key]}")
    if sheet["multi_label"]:
        print("several labels an image: each counts for all of its labels")
    splits = list(sheet["splits"])
    rows = [
        [c["id"], c["glyph"], c["romanisation"], *(c["counts"].get(s, 0) for s in splits)]
        for c in sheet["classes"]
    ]
    rows.append(["all", "", "", *(sheet["splits"][s] for s in splits)])
    table("class", "glyph", "reading", *(f">{s}" for s in splits), rows=rows)
    if output:
        print(output)


@app.command()
def cache(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="these sets only")] = None,
    *,
    clear: Annotated[bool, typer.Option("--clear", help="remove them; what is in use stays")] = False,
    cache_dir: CacheDir = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The sets that were decoded once and are kept: list or remove them."""
    from fudemoji.cli.show import show_cache
    from fudemoji.data.cache.decoded import cache_root
    from fudemoji.data.cache.entries import named_entries, remove

    root = cache_root(cache_dir, data_dir)
    found = named_entries(root, names or ())
    removed, found = remove(root, found) if clear else ([], found)
    if as_json:
        told = {"folder": str(root), "entries": found, "removed": removed}
        print(json.dumps(told, ensure_ascii=False, default=lambda entry: entry.to_dict()))
    else:
        show_cache(root, found, removed)


@app.command()
@decoding_flags
def check(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="a set by name, a folder or a file")],
    *,
    output: Annotated[
        Path | None, typer.Option(help="write a page with pictures of what was found to this HTML file")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="exit code 1 if anything was found")] = False,
    data_dir: DataDir = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
    values: dict[str, Any],
) -> None:
    """Look a set over before training: broken, double, leaking and contradictory files, and small classes."""
    from fudemoji.cli.show import show_findings
    from fudemoji.data.checks.full import check_subject
    from fudemoji.data.checks.subject import open_subject
    from fudemoji.report.check_page import write_check_page
    from fudemoji.trackers import decoding_bar

    with decoding_bar() as bar:
        subject = open_subject(
            source, data_dir=data_dir, cache_dir=cache_dir, decoding=_decoding(values), progress=bar
        )
    findings = check_subject(subject)
    page = write_check_page(findings, subject, output) if output else None
    if as_json:
        print(json.dumps(findings.to_dict(), ensure_ascii=False))
    else:
        show_findings(findings)
        if page:
            print(f"page: {page}")
    if strict and findings.findings:
        raise typer.Exit(1)
