"""The words of the studio in Japanese; the table is in the order of the pages."""

from __future__ import annotations

__all__ = ["JAPANESE"]

JAPANESE: dict[str, str] = {
    # the door
    "Sign in": "サインイン",
    "Password": "パスワード",
    "This is not the password.": "パスワードが違います。",
    "This came from another page.": "別のページから送信されました。",
    "Too many attempts; wait a little.": "試行回数が多すぎます。しばらくお待ちください。",
    "Open the address that the command `fudemoji studio` printed; it lets you in.": (
        "コマンド `fudemoji studio` が表示したアドレスを開いてください。"
    ),
    # every page
    "Skip to the content": "本文へ移動",
    "Projects": "プロジェクト",
    "Runs": "学習記録",
    "Sets": "データセット",
    "Light": "ライト",
    "Dark": "ダーク",
    "As the system": "システムに合わせる",
    "Sign out": "サインアウト",
    "Main": "メイン",
    "Menu": "メニュー",
    "This page is not there": "このページはありません",
    "Back to the projects": "プロジェクト一覧へ戻る",
    "Something went wrong; the log of the studio has the details.": (
        "問題が発生しました。詳しくはスタジオのログをご覧ください。"
    ),
    "Close": "閉じる",
    "Create": "作成",
    "Cancel": "キャンセル",
    "Name": "名前",
    "one image|{count} images": "画像 {count} 枚",
    "one tag|{count} tags": "タグ {count} 個",
    "one iteration|{count} iterations": "イテレーション {count} 回",
    # the pages of a project
    "Images": "画像",
    "Train": "学習",
    "Performance": "性能",
    "Quick test": "クイックテスト",
    "Publish": "公開",
    "Predictions": "予測",
    # projects
    "New project": "新しいプロジェクト",
    "An image may have several tags": "1 枚の画像に複数のタグを付けられる",
    "A project holds images and tags, and what was learned from them. Begin with a new one.": (
        "プロジェクトには、画像とタグ、そしてそこから学んだものが入ります。新しく作成してください。"
    ),
    # images
    "Image": "画像",
    "Image {number}": "画像 {number}",
    "one chosen|{count} chosen": "{count} 枚を選択中",
    "There are no images here.": "ここには画像がありません。",
    "deleted": "削除済み",
    "Tile size": "表示サイズ",
    "Choose all": "すべて選択",
    "Choose none": "選択を解除",
    "Look at it": "拡大",
    "Tag": "タグを付ける",
    "Tags": "タグ",
    "no tag": "タグなし",
    "There is no such tag.": "該当するタグがありません。",
    "New tag “{tag}”": "新しいタグ「{tag}」",
    "Take the tag {tag} away": "タグ {tag} を外す",
    "Delete": "削除",
    "Undo": "元に戻す",
    "{done} of {count} …": "{count} 枚中 {done} 枚…",
    "{tag}: given to one image|{tag}: given to {count} images": "{count} 枚に「{tag}」を付けました",
    "{tag}: taken from one image|{tag}: taken from {count} images": "{count} 枚から「{tag}」を外しました",
    "one image deleted|{count} images deleted": "{count} 枚を削除しました",
    "Undone.": "元に戻しました。",
    "The studio does not answer; it is asked again.": "スタジオが応答しません。再接続しています。",
    "The session has ended. Sign in again; nothing is lost.": (
        "セッションが終了しました。もう一度サインインしてください。データは失われていません。"
    ),
    "Previous": "前へ",
    "Next": "次へ",
    "Pixels": "画素数",
    "Format": "形式",
    "Added": "追加日時",
    "Download the file": "ファイルをダウンロード",
    "Search the tags": "タグを検索",
    "A click shows the images of a tag.": "タグを選ぶと、その画像だけを表示します。",
    "A click gives the tag to the chosen image.|A click gives the tag to {count} images.": (
        "タグを選ぶと、選択中の {count} 枚に付きます。"
    ),
    "negative": "該当なし用",
    "Change {tag}": "{tag} を変更",
    "There are no tags yet.": "タグはまだありません。",
    "New tag": "新しいタグ",
    "Change the tag": "タグの変更",
    "Description": "説明",
    "Negative: the image is none of the other tags": "該当なし用のタグ（ほかのどのタグでもない画像）",
    "Save": "保存",
    "Delete …": "削除…",
    "Delete the tag {tag}?": "タグ「{tag}」を削除しますか？",
    "It is taken from one image, which stays. Models that know the tag keep it."
    "|It is taken from {count} images, which stay. Models that know the tag keep it.": (
        "{count} 枚の画像からこのタグが外れます。画像は残ります。学習済みのモデルではこのタグが保たれます。"
    ),
    "Delete one image?|Delete {count} images?": "{count} 枚の画像を削除しますか？",
    "Nothing brings them back. Models keep what they learned from them.": (
        "削除した画像は元に戻せません。学習済みのモデルには影響しません。"
    ),
}
