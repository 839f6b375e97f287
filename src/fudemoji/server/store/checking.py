"""What names and texts may be, before a database sees them."""

from __future__ import annotations

from fudemoji.serving.errors import ApiError

__all__ = ["check_name", "check_text", "is_text"]

_LONGEST_NAME = 255
_LONGEST_TEXT = 10_000


def check_name(name: str, *, what: str, code: str) -> str:
    """The name, if it can be one: not blank, at most 255 characters, none that cannot be stored.

    Args:
        name: any characters but NUL and halves of surrogate pairs.
        what: what it names, for the message.
        code: of the error.

    Raises:
        ApiError: it cannot.
    """
    if not name.strip():
        raise ApiError(400, code, f"the name of {what} is blank; give it a name")
    return _checked(name, what=f"the name of {what}", code=code, longest=_LONGEST_NAME)


def check_text(text: str, *, what: str, code: str) -> str:
    """The text, if it can be stored: at most 10,000 characters.

    Raises:
        ApiError: it cannot.
    """
    return _checked(text, what=what, code=code, longest=_LONGEST_TEXT)


def is_text(text: str) -> bool:
    """Whether a database can hold it: neither NUL nor half a surrogate pair is in it."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _checked(text: str, *, what: str, code: str, longest: int) -> str:
    if len(text) > longest:
        raise ApiError(400, code, f"{what} has {len(text):,} characters; at most {longest:,} are possible")
    if not is_text(text):
        raise ApiError(400, code, f"{what} has characters that are no text (NUL, or half a surrogate pair)")
    return text
