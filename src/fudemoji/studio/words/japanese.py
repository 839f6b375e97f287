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
    # runs
    "Find": "検索",
    "Run": "学習記録",
    "State": "状態",
    "Data": "データ",
    "Model": "モデル",
    "Recipe": "レシピ",
    "Validation": "検証",
    "Test": "テスト",
    "Time": "時間",
    "Begun": "開始",
    "running": "学習中",
    "finished": "完了",
    "interrupted": "中断",
    "stopped": "停止",
    "failed": "失敗",
    "damaged": "破損",
    "one run|{count} runs": "{count} 件",
    "the last {count} of {total} runs": "{total} 件のうち新しい {count} 件",
    "No runs yet. Train a project, or use `fudemoji train`; runs below {folder} are shown.": (
        "まだ学習記録がありません。プロジェクトを学習するか、`fudemoji train` で始めてください。"
        "{folder} 以下の記録もここに表示されます。"
    ),
    "Lay over each other": "重ねて表示",
    "Show the curves of {name}": "{name} の曲線を表示",
    "Settings that differ": "異なる設定",
    "All settings are the same.": "設定はすべて同じです。",
    "Setting": "設定",
    "Value": "値",
    "In the recipe": "レシピの値",
    "Settings": "設定",
    "All settings": "すべての設定",
    "All are those of the recipe.": "すべてレシピどおりです。",
    "Train it again": "もう一度学習する",
    "Loss": "損失",
    "Accuracy": "正解率",
    "Balanced accuracy": "均衡正解率",
    "Macro F1": "マクロ F1",
    "Mean average precision": "平均適合率の平均",
    "Learning rate": "学習率",
    "Dotted: training. Solid: validation. Dashed: test.": "点線は学習、実線は検証、破線はテストです。",
    "Loss on a logarithmic scale": "損失を対数目盛で表示",
    "Epoch": "エポック",
    "training": "学習",
    "validation": "検証",
    "test": "テスト",
    "Report": "レポート",
    "Lay over other runs": "ほかの記録と重ねる",
    "To the project": "プロジェクトへ",
    "Done": "進み具合",
    "one note|{count} notes": "記録 {count} 件",
    "No process on this machine trains it any more: it was killed, or runs elsewhere.": (
        "このコンピューターで学習中のプロセスはありません。強制終了されたか、別の場所で動いています。"
    ),
    "Go on with:": "再開するコマンド:",
    "Parameters": "パラメーター数",
    "Training images": "学習画像",
    "Validation images": "検証画像",
    "Classes": "クラス",
    "Epochs": "エポック数",
    "Batch size": "バッチサイズ",
    "Device": "デバイス",
    "Images a second": "画像／秒",
    "Time left": "残り時間",
    "Folder": "フォルダー",
    "there is no such run": "この学習記録はありません",
    # quick test
    "No iteration of this project is trained yet.": "このプロジェクトには、学習済みのイテレーションがまだありません。",
    "Train one": "学習する",
    "{name}, published as {published}": "{name}（{published} として公開中）",
    "A sheet to draw on with mouse, finger or pen": "マウス・指・ペンで書ける紙",
    "Clear": "消す",
    "Crop to the ink": "墨に合わせて切り抜く",
    "Choose a picture": "画像を選ぶ",
    "Camera": "カメラ",
    "or drop one here, or paste one": "画像をドロップ、または貼り付けることもできます",
    "Take the picture": "撮影",
    "One picture at a time: this is the first of them.": "一度に 1 枚だけです。最初の画像を使いました。",
    "This is no file; save the picture first, then drop its file.": (
        "ファイルではありません。画像を保存してから、そのファイルをドロップしてください。"
    ),
    "The camera cannot be used: there is none, or the browser does not allow it.": (
        "カメラを使えません。カメラがないか、ブラウザーで許可されていません。"
    ),
    "Iteration": "イテレーション",
    "Draw a sign on the sheet, or give a picture.": "紙に文字を書くか、画像を入れてください。",
    "The most probable tags": "確率の高いタグ",
    "What the model was given": "モデルに渡した画像",
    "What the model saw, and where it looked": "モデルが見た画像と、注目した場所",
    "answered in {ms} ms": "{ms} ミリ秒で回答",
    "A tag, when pressed, shows what speaks for it (Grad-CAM).": (
        "タグを押すと、その根拠となった場所が表示されます（Grad-CAM）。"
    ),
    "Red and amber speak for the tag that is pressed.": "赤と橙の部分が、選んだタグの根拠です。",
    "a deleted tag": "削除されたタグ",
    "More tags": "タグをもっと表示",
    "Fewer tags": "タグを減らす",
    "Keep for tagging": "タグ付け用に保存",
    "Kept, among the predictions": "「予測」に保存しました",
    "The studio does not answer; what you gave is kept, and asked again.": (
        "スタジオが応答しません。入力は残っており、自動的に再試行します。"
    ),
    "This is no picture that can be read.": "読み取れる画像ではありません。",
    "This picture is too large.": "画像が大きすぎます。",
    "This kind of model cannot show where it looked.": "この種類のモデルでは、注目した場所を表示できません。",
    "This iteration has been deleted; choose another.": (
        "このイテレーションは削除されました。別のものを選んでください。"
    ),
    "This tag is unknown to the iteration.": "このタグは、イテレーションの学習に使われていません。",
    "The model is busy; it is asked again.": "モデルが混み合っています。自動的に再試行します。",
    "Your session has ended; reload the page to sign in.": (
        "セッションが終了しました。ページを再読み込みしてサインインしてください。"
    ),
}
