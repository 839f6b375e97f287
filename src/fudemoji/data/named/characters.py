"""The characters of the named sets, as classes in label order."""

from __future__ import annotations

from fudemoji.data.sets import LabelClass

__all__ = ["HIRAGANA", "K49", "KANA", "KATAKANA", "KMNIST", "character_class"]

_ROMANISATIONS = {
    glyph: romanisation
    for glyphs, romanisations in (
        ("あいうえお", "a i u e o"),
        ("かきくけこ", "ka ki ku ke ko"),
        ("さしすせそ", "sa shi su se so"),
        ("たちつてと", "ta chi tsu te to"),
        ("なにぬねの", "na ni nu ne no"),
        ("はひふへほ", "ha hi fu he ho"),
        ("まみむめも", "ma mi mu me mo"),
        ("やゆよ", "ya yu yo"),
        ("らりるれろ", "ra ri ru re ro"),
        ("わゐゑをん", "wa wi we wo n"),
    )
    for glyph, romanisation in zip(glyphs, romanisations.split(), strict=True)
}
_TO_KATAKANA = 0x60
_ROMANISATIONS |= {chr(ord(glyph) + _TO_KATAKANA): name for glyph, name in _ROMANISATIONS.items()}
_ROMANISATIONS["ゝ"] = "iteration mark"


def character_class(glyph: str) -> LabelClass:
    """The class of one character; its romanisation is empty unless it is a kana.

    >>> character_class("お")
    LabelClass(id='U+304A', glyph='お', romanisation='o')
    """
    return LabelClass(f"U+{ord(glyph):04X}", glyph, _ROMANISATIONS.get(glyph, ""))


def _classes(glyphs: str) -> tuple[LabelClass, ...]:
    return tuple(character_class(glyph) for glyph in glyphs)


_GOJUON = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
HIRAGANA = _classes(_GOJUON)
KATAKANA = _classes("".join(chr(ord(glyph) + _TO_KATAKANA) for glyph in _GOJUON))
KANA = HIRAGANA + KATAKANA
KMNIST = _classes("おきすつなはまやれを")
K49 = _classes(_GOJUON.replace("わ", "わゐゑ") + "ゝ")
