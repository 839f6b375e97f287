"""What server, decoders and trainings tell with values inside, in Japanese.

Their messages are made in English, often by another process, and reach the pages whole. A template here names the
values of one of them; what no template fits stays English. A test holds each against the code.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from functools import cache

__all__ = ["TEMPLATES", "in_japanese"]

_MESSAGES = ("subject", "reason")  # values that are messages themselves; others are names and numbers

TEMPLATES = {
    # images
    "{subject} is no image that can be read: the file is empty": "{subject}を読めません（ファイルが空です）",
    "{subject} is no image that can be read: it is of no known kind": (
        "{subject}を読めません（知らない種類のファイルです）"
    ),
    "{subject} is no image that can be read: image file is truncated{more}": "{subject}が途中で切れています",
    "{subject} is no image that can be read: {reason}": "{subject}を読めません（{reason}）",
    "{subject} is too large to be read: {reason}": "{subject}は大きすぎて読めません（{reason}）",
    "{subject} has {size} pixels, more than the {most} that are read": (
        "{subject}は {size} ピクセルあり、読める上限の {most} を超えています"
    ),
    "{subject} is cut short: its end is missing": "{subject}が途中で切れています（末尾がありません）",
    "{subject} is cut short: there are zeros in place of its end": (
        "{subject}が途中で切れています（末尾がゼロで埋まっています）"
    ),
    "{subject} is damaged: wrong checksum in the data at byte {place}": (
        "{subject}が壊れています（{place} バイト目のデータのチェックサムが一致しません）"
    ),
    "the image is too large to be read": "画像は大きすぎて読めません",
    "it is no image of the kinds that are taken: {kinds}": "取り込める形式（{kinds}）の画像ではありません",
    "it is no image": "画像ではありません",
    "the image": "画像",
    "the file has {count} bytes, at most {most} are taken": (
        "ファイルが {count} バイトあり、上限の {most} バイトを超えています"
    ),
    "the image has {width} x {height} pixels, at most {most} a side are taken": (
        "画像が {width} × {height} ピクセルあります（一辺は {most} まで）"
    ),
    "the image has {width} x {height} pixels, at most {most} are taken": (
        "画像が {width} × {height} ピクセルあります（合計 {most} まで）"
    ),
    "the image has {width} x {height} pixels, one side at most {times} times the other is taken": (
        "画像が {width} × {height} ピクセルで、細長すぎます（長辺は短辺の {times} 倍まで）"
    ),
    "the image could not be kept: {reason}": "画像を保存できませんでした（{reason}）",
    "the disk is full": "ディスクがいっぱいです",
    # what projects are filled from
    "it holds {count} images; a project of this server holds at most {most}": (
        "画像が {count} 枚あります。このサーバーのプロジェクトに入るのは {most} 枚までです"
    ),
    "{name} is not there any more; go on when it is back": "{name} がなくなりました。元に戻してから再開してください",
    "{name} holds videos; projects hold images": "{name} の中身は動画です。プロジェクトに入るのは画像だけです",
    "{name} holds no image; expected images, or a folder of images for each tag": (
        "{name} に画像がありません。画像か、タグごとに画像を入れたフォルダーが必要です"
    ),
    "{name} holds several tables of labels ({tables}); keep one of them": (
        "{name} にラベルの表がいくつもあります（{tables}）。一つだけ残してください"
    ),
    "is in line {line} of the table, but not there": "表の {line} 行目にありますが、ファイルがありません",
    "is in line {line} already": "{line} 行目にすでにあります",
    "is in the archive twice; the later one counts": "アーカイブの中に二つあります。後のほうを使います",
    "is an empty folder": "空のフォルダーです",
    "is an empty file": "空のファイルです",
    "is {count} bytes long; {most} at most are read": "{count} バイトあります（読めるのは {most} バイトまで）",
    "is hidden, or made by the system": "隠しファイルか、システムが作ったファイルです",
    "cannot be read: {reason}": "読めません（{reason}）",
    "{path} is neither a file nor a folder; give {taken}": "{path} はファイルでもフォルダーでもありません",
    "{name} is not in {folder} ({files} missing); get it with `fudemoji data get {same}`, put the files there, "
    "or give the folder that holds them": (
        "{name} が {folder} にありません（足りないファイル：{files}）。`fudemoji data get {same}` で入手できます"
    ),
    # archives and tables
    "{name}: is no zip file: starts with {start}; get it again": (
        "{name} は zip ファイルではありません（先頭は {start}）。もう一度入手してください"
    ),
    "{name}: is no whole zip file ({reason}); get it again": (
        "{name} は完全な zip ファイルではありません（{reason}）。もう一度入手してください"
    ),
    "{name}: the list of members at a zip's end is missing; get the file again": (
        "{name} の末尾にあるはずの一覧がありません。ファイルをもう一度入手してください"
    ),
    "{name}: the list of members at a zip's end is damaged; get the file again": (
        "{name} の末尾にある一覧が壊れています。ファイルをもう一度入手してください"
    ),
    "{name}: claims to unpack to more than {times} times its size, which no zip can; do not trust this file": (
        "{name} は展開すると {times} 倍を超えるとしていますが、zip ではありえません。信用しないでください"
    ),
    "{name}: member '{member}' points outside its folder; expected {expected}; do not trust this file": (
        "{name} の「{member}」がフォルダーの外を指しています。このファイルは信用しないでください"
    ),
    "{where} is encrypted; unpack the archive with its password and give the folder": (
        "{where} は暗号化されています。パスワードで展開し、そのフォルダーを指定してください"
    ),
    "{where} is a link or special file; expected {expected}; make it of plain files": (
        "{where} はリンクか特殊なファイルです。ふつうのファイルだけで作り直してください"
    ),
    "{where} is packed by method {method}, expected deflate (8); pack it again": (
        "{where} の圧縮方式（{method}）には対応していません。deflate（8）で圧縮し直してください"
    ),
    "{name}: line {line}: no file {path}": "{name} の {line} 行目：ファイル {path} がありません",
    "{name}: line 1 has an unknown column '{column}'{hint}; {expected}": (
        "{name} の 1 行目に知らない列「{column}」があります。path,label か path,labels（複数は | で区切る）が必要です"
    ),
    "{name}: line 1 is '{found}', expected {expected}": (
        "{name} の 1 行目が「{found}」です。path,label か path,labels が必要です"
    ),
    "{name}: line {line} is not UTF-8 (byte 0x{byte}); {hint}": (
        "{name} の {line} 行目が UTF-8 ではありません（バイト 0x{byte}）。UTF-8 で保存し直してください"
    ),
    # trainings
    "interrupted after step {step}; train again, or resume it": (
        "{step} ステップで中断しました。もう一度学習するか、再開してください"
    ),
    "the files of {count} images are gone ({names}); delete these images, or restore the files": (
        "画像 {count} 枚のファイルがありません（{names}）。これらの画像を削除するか、ファイルを元に戻してください"
    ),
    "the training could not be started: {reason}": "学習を始められませんでした（{reason}）",
    "the search could not be started: {reason}": "探索を始められませんでした（{reason}）",
    "the export could not be started: {reason}": "書き出しを始められませんでした（{reason}）",
    "the export could not be packed: {reason}": "書き出したものをまとめられませんでした（{reason}）",
    "the store cannot be written: {reason}": "ストアに書き込めません（{reason}）",
    "it was killed by {signal}; is there enough memory?": (
        "{signal} で強制終了されました。メモリは足りていますか"
    ),
    "it was killed by {signal}": "{signal} で強制終了されました",
    "it crashed: {error}": "異常終了しました（{error}）",
    "the loss is {loss} at step {step}, rate {rate}; try a lower --lr, --clip-grad 1 or --precision fp32": (
        "{step} ステップで損失が {loss} になりました（学習率 {rate}）。学習率を下げてみてください"
    ),
    "{source} has {classes} with images that can be read; a classifier needs two or more": (
        "{source} で読める画像があるのは {classes} だけです。分類には二つ以上必要です"
    ),
    "not enough images for training: {reason}": "学習するには画像が足りません（{reason}）",
    "{count} tags have images, {least} are needed": "画像のあるタグは {count} 個で、{least} 個必要です",
    "{count} trainings wait; ask again later": (
        "{count} 件の学習が順番を待っています。しばらくしてからやり直してください"
    ),
}


def in_japanese(message: str, *, say: Callable[[str], str]) -> str | None:
    """What the first template that fits a message makes of it; None where none fits.

    Args:
        message: in English.
        say: gives the words for a message within it, such as a reason.
    """
    for template, pattern in _patterns():
        if found := pattern.fullmatch(message):
            values = {name: say(one) if name in _MESSAGES else one for name, one in found.groupdict().items()}
            return TEMPLATES[template].format(**values)
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(template, re.compile(_expression(template), re.DOTALL)) for template in TEMPLATES]


def _expression(template: str) -> str:
    parts = string.Formatter().parse(template)
    return "".join(re.escape(text) + (f"(?P<{name}>.*?)" if name else "") for text, name, _, _ in parts)
