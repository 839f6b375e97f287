"""A service that answers the questions of an import as the cloud does, and fails on demand."""

import io
import json
import threading
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
from PIL import Image

KEY = "0123456789abcdef0123456789abcdef"
GENERAL = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
DETECTION = "da2e3a8a-40a5-4171-82f4-58522f70fbc1"


def picture(seed, kind="PNG"):
    """The file of a picture of noise."""
    pixels_HWC = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels_HWC).save(file, kind)
    return file.getvalue()


@dataclass
class Cloud:
    """A project and its files, and what is to go wrong.

    Attributes:
        images: by id: the file, and the ids of its tags.
        fails: by the beginning of a path: statuses that are answered first, one a request.
        lost: ids of images whose file is gone.
        expires: whether an address of a file is valid for one download only, and those of listings for none.
        asked: how often each path was asked for.
    """

    name: str = "insects"
    kind: str = "Multiclass"
    domain: str = GENERAL
    tags: dict = field(default_factory=dict)
    images: dict = field(default_factory=dict)
    others: list = field(default_factory=list)
    fails: dict = field(default_factory=dict)
    lost: set = field(default_factory=set)
    expires: bool = False
    has_network: bool = True
    truncates: bool = False
    by_path: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    asked: Counter = field(default_factory=Counter)
    headers: list = field(default_factory=list)
    endpoint: str = ""

    def tag(self, name, kind="Regular", description=""):
        made = str(uuid.uuid4())
        self.tags[made] = {"id": made, "name": name, "type": kind, "description": description}
        return made

    def image(self, content, *tag_ids):
        made = str(uuid.uuid4())
        self.images[made] = (content, tag_ids)
        return made

    def downloads(self):
        return sum(count for path, count in self.asked.items() if path.startswith("/files/"))

    def answer(self, path, query, headers):
        """Status, body as JSON or bytes."""
        self.asked[path] += 1
        for start, statuses in self.fails.items():
            if path.startswith(start) and statuses:
                return statuses.pop(0), {"code": "Unavailable", "message": "come back later"}
        if path.startswith("/files/"):
            return self._file(path.removeprefix("/files/"), query)
        if headers.get("Training-Key") != KEY:
            return 401, {
                "error": {"code": "401", "message": "Access denied due to invalid subscription key."}
            }
        return self._api(path.removeprefix("/customvision/v3.4-preview/training"), query)

    def _file(self, name, query):
        stale = self.expires and query.get("fresh") != ["yes"]
        if name in self.lost or stale or name not in self.images:
            return (403 if stale else 404), b"<Error>AuthenticationFailed</Error>"
        return 200, self.images[name][0]

    def _api(self, path, query):
        base = f"/projects/{self.id}"
        answers = {
            "/projects": lambda: [self._project(), *self.others],
            f"/domains/{self.domain}": self._domain,
            f"{base}/tags": lambda: [
                {**tag, "imageCount": self._count(tag["id"])} for tag in self.tags.values()
            ],
            f"{base}/images": lambda: self._page(int(query["take"][0]), int(query["skip"][0])),
            f"{base}/images/count": lambda: len(self.images),
            f"{base}/images/id": lambda: [
                self._image(one, fresh=True) for one in query["imageIds"] if one in self.images
            ],
        }
        if path == f"{base}/artifacts":
            return self._file(query["path"][0], query)
        if path in answers:
            return 200, answers[path]()
        return 404, {"error": {"code": "404", "message": "Resource not found"}}

    def _domain(self):
        kind = "ObjectDetection" if self.domain == DETECTION else "Classification"
        return {"id": self.domain, "name": "General", "type": kind}

    def _page(self, take, skip):
        assert take <= 256, "the service lists no more at once"
        return [self._image(one) for one in list(self.images)[skip : skip + take]]

    def _project(self):
        how = {"domainId": self.domain, "classificationType": self.kind, "targetExportPlatforms": ["CoreML"]}
        return {"id": self.id, "name": self.name, "description": "of the garden", "settings": how}

    def _count(self, tag_id):
        return sum(tag_id in tags for _, tags in self.images.values())

    def _image(self, name, *, fresh=False):
        tags = [{"tagId": one, "tagName": self.tags[one]["name"]} for one in self.images[name][1]]
        address = name if self.by_path else f"{self.endpoint}/files/{name}?sig=s{'&fresh=yes' * fresh}"
        return {"id": name, "originalImageUri": address, "width": 4, "height": 4, "tags": tags}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        cloud = self.server.cloud
        if not cloud.has_network:
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        cloud.headers.append((parts.path, dict(self.headers)))
        status, content = cloud.answer(parts.path, parse_qs(parts.query), self.headers)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if cloud.truncates and parts.path.startswith("/files/"):
            cloud.truncates, self.close_connection = False, True
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(cloud):
    """The cloud on a port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.cloud = True, cloud
    cloud.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
