"""The words of the pages, in English and Japanese.

English is what the code says; each other language has a table from that to its own (`japanese.py`), which a test holds
against the code.
"""

from __future__ import annotations

from typing import Any, Literal

from starlette.requests import HTTPConnection

from fudemoji.studio.words.japanese import JAPANESE
from fudemoji.studio.words.told import in_japanese

__all__ = ["LANGUAGES", "LANGUAGE_COOKIE", "SET_TITLES", "Language", "Words", "language_of"]

Language = Literal["en", "ja"]
LANGUAGES: dict[Language, str] = {"en": "English", "ja": "日本語"}
LANGUAGE_COOKIE = "fudemoji-language"
SET_TITLES = {  # what the named sets are, by their names
    "kana": "46 hiragana and 46 katakana, drawn from a font",
    "kmnist": "10 cursive hiragana from old books",
    "k49": "48 cursive hiragana and the iteration mark from old books, some of them rare",
    "kkanji": "3,832 cursive kanji from old books, some with a single image",
}
_TABLES: dict[Language, dict[str, str]] = {"en": {}, "ja": JAPANESE}


class Words:
    """What a page says, in one language.

    >>> Words("ja")("one image|{count} images", count=1200)
    '画像 1,200 枚'

    Args:
        language: of the pages.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._table = _TABLES[language]

    def __call__(self, english: str, **values: Any) -> str:
        """The text in the language, with its values; numbers get separators, English a singular for 1.

        Args:
            english: the text, with names in braces; of `one thing|{count} things` the part before the bar is for 1.
            **values: what the names stand for.
        """
        text = self._table.get(english, english)
        if "|" in text and "{count}" in text:
            single, several = text.split("|", 1)
            text = single if values.get("count") == 1 else several
        shown = {name: f"{one:,}" if isinstance(one, int) else one for name, one in values.items()}
        return text.format(**shown) if shown else text

    def told(self, message: str) -> str:
        """A whole message of the server's, as far as it is known in the language; else as it is.

        >>> Words("ja").told("it was killed by SIGKILL; is there enough memory?")
        'SIGKILL で強制終了されました。メモリは足りていますか'
        """
        if self.language == "en":
            return message
        return self._table.get(message) or in_japanese(message, say=self.told) or message


def language_of(connection: HTTPConnection) -> Language:
    """The language that a visitor has chosen, or the first of the browser's that there is."""
    chosen = connection.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    for part in connection.headers.get("accept-language", "").split(","):
        name = part.partition(";")[0].strip().lower().partition("-")[0]
        if name in LANGUAGES:
            return name
    return "en"
