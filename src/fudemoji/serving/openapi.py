"""The description of the one-model server in the OpenAPI form, for people, clients and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["describe"]

Spec = dict[str, Any]

_TEXT: Spec = {"type": "string"}
_NUMBER: Spec = {"type": "number"}
_SHARE: Spec = {"type": "number", "minimum": 0, "maximum": 1}
_YES_NO: Spec = {"type": "boolean"}
_FILE: Spec = {"type": "string", "format": "binary"}
_BASE64: Spec = {"type": "string", "format": "byte", "description": "an image file in base64"}

_REFUSED = {
    400: "no image, more images than may come at once, or a body that is cut short",
    401: "no valid key",
    403: "asked under another name than this machine's own, of a server without keys",
    408: "the body took too long to arrive",
    413: "the body or an image is too large",
    415: "a content type that is not read here",
    422: "a parameter that is out of range",
    500: "the model process failed on this image, or the server failed",
    503: "too many images wait for the model, or the server stops; the header Retry-After says when to come back",
}


def describe(title: str, version: str, *, has_keys: bool) -> Spec:
    """The OpenAPI document of all routes.

    Args:
        title: of the server.
        version: of fudemoji.
        has_keys: whether requests need a key.
    """
    images = (400, 408, 413, 415, 500, 503)
    paths = {
        "/predict": _post(
            "The likeliest classes of an image", _image_body(), "Prediction", (*images, 422), top=True
        ),
        "/predict/batch": _post(
            "The likeliest classes of several images", _batch_body(), "Predictions", (*images, 422), top=True
        ),
        "/image": _post(
            "Every class of an image, as a container that Custom Vision exports answers",
            _image_body(),
            "ImagePrediction",
            images,
        ),
        "/url": _post("The same for an image at a URL", _url_body(), "ImagePrediction", images),
        "/model": _get("What the model is, what it takes and how good it is", _json_of("Model")),
        "/health": _get("Whether the server answers", _json_of("Status"), is_open=True),
        "/ready": _get("Whether the model answers", _json_of("Status"), (500, 503), is_open=True),
        "/metrics": _get("Figures for Prometheus", {"text/plain": {"schema": _TEXT}}),
    }
    document: Spec = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": _SCHEMAS},
    }
    if has_keys:
        document["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "Prediction-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["security"] = [{"key": []}, {"bearer": []}]
    return document


_ABOUT = (
    "An image is sent as multipart/form-data, as the bytes of its file, or as base64 in JSON. Every refusal is "
    '`{"code", "message"}`.'
)


def _get(summary: str, content: Spec, refusals: tuple[int, ...] = (500,), *, is_open: bool = False) -> Spec:
    told: Spec = {"summary": summary, "responses": _responses(content, refusals, is_open=is_open)}
    if is_open:
        told["security"] = []
    return {"get": told}


def _post(summary: str, body: Spec, answer: str, refusals: tuple[int, ...], *, top: bool = False) -> Spec:
    told: Spec = {
        "summary": summary,
        "requestBody": {"required": True, "content": body},
        "responses": _responses(_json_of(answer), refusals),
    }
    if top:
        told["parameters"] = [
            {
                "name": "top",
                "in": "query",
                "description": "how many classes to name",
                "schema": {"type": "integer", "minimum": 1, "maximum": 99999, "default": 5},
            }
        ]
    return {"post": told}


def _responses(content: Spec, refusals: tuple[int, ...], *, is_open: bool = False) -> Spec:
    told: Spec = {"200": {"description": "the answer", "content": content}}
    for status in sorted({*refusals, 403, *(() if is_open else (401,))}):
        told[str(status)] = {"description": _REFUSED[status], "content": _json_of("Error")}
    return told


def _json_of(name: str) -> Spec:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _object(properties: Mapping[str, Spec], *, optional: tuple[str, ...] = ()) -> Spec:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def _list(items: Spec) -> Spec:
    return {"type": "array", "items": items}


def _image_body() -> Spec:
    return {
        "multipart/form-data": {"schema": _object({"imageData": _FILE})},
        "application/octet-stream": {"schema": _FILE},
        "application/json": {"schema": _object({"image": _BASE64})},
    }


def _batch_body() -> Spec:
    return {
        "multipart/form-data": {"schema": _object({"imageData": _list(_FILE)})},
        "application/json": {"schema": _object({"images": {**_list(_BASE64), "minItems": 1}})},
    }


def _url_body() -> Spec:
    return {"application/json": {"schema": _object({"url": {"type": "string", "format": "uri"}})}}


_CLASS = {"id": _TEXT, "glyph": _TEXT, "romanisation": _TEXT}
_PREDICTION = _object(
    {
        "labels": {
            **_list(_TEXT),
            "description": "of a model for several labels: those above their thresholds",
        },
        "id": {**_TEXT, "description": "of the likeliest class"},
        "glyph": _TEXT,
        "prob": {**_SHARE, "description": "its calibrated probability"},
        "is_unknown": {**_YES_NO, "description": "whether that is too low to be relied on"},
        "top": _list(_object({**_CLASS, "prob": _SHARE})),
        "inverted": {**_YES_NO, "description": "whether the image was inverted first"},
        "name": {**_TEXT, "description": "of the file, in a batch"},
    },
    optional=("labels", "name"),
)
_SCHEMAS: Spec = {
    "Error": _object({"code": _TEXT, "message": _TEXT}),
    "Status": _object({"status": _TEXT}),
    "Prediction": _PREDICTION,
    "Predictions": _object(
        {
            "predictions": _list(
                {
                    "anyOf": [
                        {"$ref": "#/components/schemas/Prediction"},
                        _object(
                            {"error": {"$ref": "#/components/schemas/Error"}, "name": _TEXT},
                            optional=("name",),
                        ),
                    ]
                }
            )
        }
    ),
    "ImagePrediction": _object(
        {
            "id": {**_TEXT, "format": "uuid"},
            "project": {**_TEXT, "format": "uuid"},
            "iteration": {**_TEXT, "format": "uuid"},
            "created": {**_TEXT, "format": "date-time"},
            "predictions": _list(
                _object(
                    {"probability": _SHARE, "tagId": _TEXT, "tagName": _TEXT, "boundingBox": {"type": "null"}}
                )
            ),
        }
    ),
    "Model": _object(
        {
            "name": _TEXT,
            "network": _TEXT,
            "set": _object({"name": _TEXT, "licence": _TEXT, "credit": _TEXT}),
            "input": _object({key: {"type": "integer"} for key in ("channels", "height", "width", "shifts")}),
            "several_labels": _YES_NO,
            "classes": _list(_object(_CLASS)),
            "measured": {
                "type": "object",
                "description": "accuracy with its 95 % interval, and on which split",
            },
            "trust": {"type": "object", "description": "temperature and thresholds: see docs/trust.md"},
        }
    ),
}
