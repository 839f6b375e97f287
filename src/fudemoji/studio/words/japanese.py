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
}
