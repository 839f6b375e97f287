"""The verb that serves one model over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["serve"]


def serve(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="a run folder")],
    *,
    host: Annotated[
        str, typer.Option(help="address to listen on; others than this machine's need keys")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8000,
    key_file: Annotated[
        Path | None,
        typer.Option(help="file of keys, one a line; without one any key is taken, from this machine"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="model processes")] = 1,
    threads: Annotated[
        int,
        typer.Option(min=0, help="threads of each of them; 0 shares out the cores, less one for the server"),
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps")] = "auto",
    max_batch: Annotated[int, typer.Option(min=1, max=4096, help="images that the model gets together")] = 64,
    max_delay: Annotated[
        float, typer.Option(min=0, max=1000, help="milliseconds that an idle model waits for further images")
    ] = 2.0,
    queue: Annotated[
        int, typer.Option(min=1, help="images that may wait; further ones are refused with 503")
    ] = 1024,
    shifts: Annotated[
        int,
        typer.Option(min=0, max=8, help="average over shifts of this many pixels, at nine times the cost"),
    ] = 0,
    reject: Annotated[
        bool, typer.Option(help="call an image unknown where no class is likely enough")
    ] = True,
    image_mb: Annotated[
        float, typer.Option(min=0.001, help="megabytes (2^20 bytes) of an image file")
    ] = 20.0,
    images: Annotated[int, typer.Option(min=1, help="images of one request")] = 64,
    stop_seconds: Annotated[float, typer.Option(min=0, help="that accepted requests have at a stop")] = 30.0,
    allow_private_urls: Annotated[
        bool, typer.Option("--allow-private-urls", help="let /url fetch from private addresses too")
    ] = False,
    log_requests: Annotated[
        bool, typer.Option("--log-requests", help="a line on stderr for each request")
    ] = False,
) -> None:
    """Serve a run's model over HTTP: prediction API, batches, health, metrics."""
    from fudemoji.runs import open_run
    from fudemoji.serving.start import fair_threads, import_server, keys_for

    import_server()
    from fudemoji.serving.app import ServeSettings, create_app
    from fudemoji.serving.limits import Limits
    from fudemoji.serving.model import ServedModel
    from fudemoji.serving.pool import PoolSettings
    from fudemoji.serving.running import listen
    from fudemoji.serving.running import run as run_server

    model = ServedModel.of_run(open_run(run), shifts=shifts, reject=reject)
    settings = ServeSettings(
        pool=PoolSettings(
            processes=workers,
            threads=threads or fair_threads(workers),
            device=device,
            max_batch=max_batch,
            max_delay=max_delay / 1000,
            max_queue=queue,
        ),
        limits=Limits(image_bytes=int(image_mb * 2**20), num_images=min(images, queue)),
        keys=keys_for(host, key_file),
        logs_requests=log_requests,
        allow_private_urls=allow_private_urls,
    )
    listening = listen(host, port)
    ready = f"fudemoji serves {model.name} on {listening.url} (docs at /docs)"
    run_server(create_app(model, settings), listening, ready=ready, stop_seconds=stop_seconds)
