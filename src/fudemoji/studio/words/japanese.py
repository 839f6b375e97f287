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
    "The connection to the studio was lost, and this page was loaded again.": (
        "スタジオとの接続が切れたため、このページを読み込み直しました。"
    ),
    "What you were typing:": "入力中だった内容：",
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
    "Search": "検索",
    "No project is called so.": "その名前のプロジェクトはありません。",
    "More on {name}": "{name} の操作",
    "Settings": "設定",
    "Make a copy": "複製",
    "Delete": "削除",
    "Not trained yet": "まだ学習していません",
    "{name} waits for its training": "{name} は学習の順番待ちです",
    "{name} is trained: {percent} %": "{name} を学習しています（{percent} %）",
    "Copy {name}": "{name} の複製",
    "The copy gets the settings, tags and images; iterations stay where they are.": (
        "設定、タグ、画像が複製されます。イテレーションは元のプロジェクトに残ります。"
    ),
    "Delete {name}?": "{name} を削除しますか？",
    "All of it is deleted, with its models and keys. Nothing brings it back.": (
        "モデルとキーも含めてすべて削除されます。元に戻すことはできません。"
    ),
    # the settings of a project
    "Description": "説明",
    "Domain": "ドメイン",
    "A domain says what the images are, and how large the model is to be.": (
        "ドメインは、画像の種類とモデルの大きさを表します。"
    ),
    "Save": "保存",
    "Saved": "保存しました",
    "Copy this project": "このプロジェクトを複製",
    "Delete this project": "このプロジェクトを削除",
    # a new project
    "What it begins with": "はじめの内容",
    "Empty": "空",
    "From a folder or an archive": "フォルダーまたはアーカイブから",
    "From a named set": "データセットから",
    "More settings": "その他の設定",
    "Images are added and tagged on the project's own pages.": (
        "画像の追加とタグ付けは、プロジェクトのページで行います。"
    ),
    "Drop a folder, a zip or a tar here, or choose one.": (
        "フォルダー、zip、tar をここにドロップするか、選んでください。"
    ),
    "Choose an archive or images": "アーカイブまたは画像を選ぶ",
    "Choose a folder": "フォルダーを選ぶ",
    "Sending": "送信",
    "Sending: {percent} %. Stay on this page until everything is sent.": (
        "送信中：{percent} %。送信が終わるまで、このページを開いたままにしてください。"
    ),
    "Sent; a moment more.": "送信しました。少しお待ちください。",
    "Sending was cancelled.": "送信を取り消しました。",
    "The connection broke off. Try again.": "接続が切れました。もう一度お試しください。",
    "There is no image in it.": "画像が入っていません。",
    "It has more than the {gigabytes} GiB that can be sent at once.": (
        "一度に送信できる {gigabytes} GiB を超えています。"
    ),
    "one file|{count} files": "ファイル {count} 個",
    "one other file is left out|{count} other files are left out": "ほかの {count} 個のファイルは送信しません",
    "Each folder becomes a tag; U+304A or お is that character. A table (path,label) may say it instead.": (
        "フォルダーの名前がタグになります。U+304A や お は、その文字を表します。"
        "代わりに表（path,label）でも指定できます。"
    ),
    "Or a path on this machine": "または、このコンピューター上のパス",
    "Without a name, the project is called as its last part.": "名前がなければ、パスの最後の部分が名前になります。",
    "choose a folder or an archive, or begin with an empty project": (
        "フォルダーかアーカイブを選ぶか、空のプロジェクトから始めてください"
    ),
    "Set": "データセット",
    "46 hiragana and 46 katakana, drawn from a font": "フォントから描いた、ひらがな 46 字とカタカナ 46 字",
    "10 cursive hiragana from old books": "古典籍のくずし字のひらがな 10 字",
    "48 cursive hiragana and the iteration mark from old books, some of them rare": (
        "古典籍のくずし字のひらがな 48 字と踊り字。数の少ない字もあります"
    ),
    "3,832 cursive kanji from old books, some with a single image": (
        "古典籍のくずし字の漢字 3,832 字。画像が 1 枚だけの字もあります"
    ),
    "Not on this machine; `fudemoji data get {name}` fetches it.": (
        "このコンピューターにはありません。`fudemoji data get {name}` で取得できます。"
    ),
    "{count} of each character": "1 字につき {count} 枚",
    "All images": "すべての画像",
    "{count} images at most, of the training split; the test split is left to measure with.": (
        "学習用の画像から最大 {count} 枚。テスト用の画像は、測定のために残します。"
    ),
    "these are more images than a project of this server holds; take fewer of each character": (
        "このサーバーの 1 つのプロジェクトに入る枚数を超えています。1 文字あたりの枚数を減らしてください。"
    ),
    # fillings
    "Filling": "取り込み",
    "{name}: waits": "{name}：順番を待っています",
    "{name}: is looked into": "{name}：内容を調べています",
    "{name}: {done} of {count}": "{name}：{count} 件のうち {done} 件",
    "one image added|{count} images added": "画像を {count} 枚追加",
    "{count} were there already": "追加済み {count} 枚",
    "one file refused|{count} files refused": "取り込めなかったファイル {count} 個",
    "{name}: failed, {reason} ({told})": "{name}：失敗しました。{reason}（{told}）",
    "{name}: cancelled ({told})": "{name}：取り消しました（{told}）",
    "What was refused": "取り込めなかったもの",
    "… and {count} more": "…ほか {count} 件",
    "the server failed; its log says why": "サーバーで問題が起きました。詳しくはログにあります",
    "the server stopped during this training; train again, or resume it": (
        "学習の途中でサーバーが止まりました。もう一度学習するか、再開してください"
    ),
    "the server stopped during this search; look again": (
        "探索の途中でサーバーが止まりました。もう一度探してください"
    ),
    "the server stopped during this export; export again": (
        "書き出しの途中でサーバーが止まりました。もう一度書き出してください"
    ),
    "this version makes no such export": "このバージョンではこの書き出しはできません",
    "the list of its images is gone; train again": "画像の一覧がなくなっています。もう一度学習してください",
    "this is no zip and no tar; pack the folder again, as a zip for example": (
        "zip でも tar でもありません。フォルダーをたとえば zip にまとめ直してください"
    ),
    "only a filling that failed over something that may pass can go on": (
        "再開できるのは、待てば解消する理由で失敗した取り込みだけです"
    ),
    "too many fillings wait; ask again later": (
        "順番を待つ取り込みが多すぎます。しばらくしてからやり直してください"
    ),
    "is no image by its name": "名前からは画像とわかりません",
    "is a video; projects hold images": "動画は取り込めません",
    "an image of a multiclass project has one tag": "このプロジェクトでは、画像 1 枚にタグは 1 個です",
    "the project has as many images as are possible": "プロジェクトの画像の数が上限に達しています",
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
    "Tag": "タグ",
    "Give a tag": "タグを付ける",
    "Tags": "タグ",
    "no tag": "タグなし",
    "There is no such tag.": "該当するタグがありません。",
    "New tag “{tag}”": "新しいタグ「{tag}」",
    "Take the tag {tag} away": "タグ {tag} を外す",
    "Undo": "元に戻す",
    "{done} of {count} …": "{count} 枚中 {done} 枚…",
    "{tag}: given to one image|{tag}: given to {count} images": "{count} 枚に「{tag}」を付けました",
    "{tag}: taken from one image|{tag}: taken from {count} images": "{count} 枚から「{tag}」を外しました",
    "one image deleted|{count} images deleted": "{count} 枚を削除しました",
    "Undone.": "元に戻しました。",
    "The studio does not answer; it is asked again.": "スタジオが応答しません。再接続しています。",
    "The studio does not answer. Nothing more was changed; try again.": (
        "スタジオが応答しません。残りは変更されていません。もう一度お試しください。"
    ),
    "The upload was cut off. Choose the same files again: what is here already is left out.": (
        "アップロードが途中で切れました。同じファイルをもう一度選んでください。すでにある画像は追加されません。"
    ),
    "The session has ended. Sign in again; nothing is lost.": (
        "セッションが終了しました。もう一度サインインしてください。データは失われていません。"
    ),
    "Previous": "前へ",
    "Next": "次へ",
    "Pixels": "画素数",
    "Format": "形式",
    "Added": "追加日時",
    "Download the file": "ファイルをダウンロード",
    "another image": "ほかの画像へ",
    "with it, all between": "押しながらで範囲を選択",
    "one more, or one less": "選択に加える・外す",
    "give one of the first tags": "はじめの 9 個のタグを付ける",
    "give a tag by its name, or begin to type it": "名前でタグを付ける（文字を打ち始めても可）",
    "Keyboard": "キーボード",
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
    "Negative: the image is none of the other tags": "該当なし用のタグ（ほかのどのタグでもない画像）",
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
    "Upload": "アップロード",
    "Drop images, folders or archives anywhere on this page, or paste a picture.": (
        "画像、フォルダー、アーカイブをこのページにドロップしてください。画像の貼り付けもできます。"
    ),
    "Upload files": "ファイルをアップロード",
    "Upload a folder": "フォルダーをアップロード",
    "Drop them to add them to this project.": "ドロップすると、このプロジェクトに追加されます。",
    "Is the folder {names} a tag of the images in it?|Are the {count} folders, {names}, tags of the "
    "images in them?": "{count} 個のフォルダー名（{names}）を、中の画像のタグにしますか？",
    "Are the folders in the archive tags of the images in them?": (
        "アーカイブ内のフォルダー名を、中の画像のタグにしますか？"
    ),
    "Folders are tags": "フォルダー名をタグにする",
    "Add them without tags": "タグなしで追加",
    "Stop": "中止",
    "Looking through the folders: {count} files so far": "フォルダーを調べています：{count} ファイル",
    "{name} is being sent …": "{name} を送信しています…",
    "One file looked at|{count} files looked at": "{count} ファイルを処理しました",
    "{count} new": "新規 {count}",
    "{count} here already": "重複 {count}",
    "{count} refused": "追加不可 {count}",
    "Choose the new image|Choose the {count} new images": "新しい {count} 枚を選択",
    "One file that was not added|{count} files that were not added": "追加されなかった {count} ファイル",
    "The studio does not answer; what is left is sent when it does.": (
        "スタジオが応答しません。つながり次第、残りを送信します。"
    ),
    "is here already": "すでにあります",
    "is no image, or damaged": "画像ではないか、壊れています",
    "is larger than {mebibytes} MiB": "{mebibytes} MiB を超えています",
    "has too many pixels, or is too narrow": "画素数が多すぎるか、細長すぎます",
    "the project is full": "プロジェクトの上限に達しました",
    "the disk of the studio is full": "スタジオのディスクがいっぱいです",
    "its tag has been deleted": "タグが削除されています",
    "is here already, with another tag": "別のタグですでにあります",
    "cannot be read": "読み込めません",
    "Show": "表示",
    "all images": "すべての画像",
    "with tags": "タグあり",
    "without tags": "タグなし",
    "As an iteration sees them": "イテレーションの見方",
    "taken for something else": "別のタグと予測された画像",
    "uncertain": "予測が不確かな画像",
    "held out": "検証用に取り分けた画像",
    "learned from": "学習に使った画像",
    "neither held out nor learned from": "どちらにも使っていない画像",
    "Suggested tags for one image|Suggested tags for {count} images": "画像 {count} 枚へのタグの提案",
    # suggested tags
    "What an iteration takes untagged images for. Those that it is least sure of teach the most.": (
        "タグのない画像に対する予測です。自信のない画像ほど、タグを付けたときの学習効果が大きくなります。"
    ),
    "most certain first": "確かなものから",
    "All images have tags.": "すべての画像にタグが付いています。",
    "The iteration has looked at {done} of {count} untagged images.": (
        "タグのない画像 {count} 枚のうち {done} 枚を調べました。"
    ),
    "One image could not be read; it has no suggestion."
    "|{count} images could not be read; they have no suggestion.": (
        "{count} 枚の画像を読み取れなかったため、提案がありません。"
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
    "the project's images": "プロジェクトの画像",
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
    "there is no such project": "このプロジェクトはありません",
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
    "No tag has 50 % or more.": "50 % 以上のタグはありません。",
    "The tags with 50 % or more.": "50 % 以上のタグです。",
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
    # train
    "one tagged image|{count} tagged images": "タグ付き画像 {count} 枚",
    "recipe {name}": "レシピ {name}",
    "model {name}": "モデル {name}",
    "{width} × {height} pixels": "{width} × {height} ピクセル",
    "one epoch|{count} epochs": "{count} エポック",
    "Options": "詳細設定",
    "Train anyway": "それでも学習する",
    "Nothing has changed since the last training.": "前回の学習から何も変わっていません。",
    "The very same training is under way.": "同じ内容の学習がすでに進行中です。",
    "A training needs images with {wanted} different tags; here are images with {count}.": (
        "学習には {wanted} 種類以上のタグの画像が必要です。今は {count} 種類です。"
    ),
    "Each tag needs {wanted} images; too few have: {tags}.": (
        "各タグに画像が {wanted} 枚以上必要です。足りないタグ：{tags}。"
    ),
    "{name} ({count})": "{name}（{count} 枚）",
    " and {count} more": "、ほか {count} 個",
    "How long it takes is known once one like it has been trained here.": (
        "所要時間は、同様の学習をここで一度行うと分かります。"
    ),
    "{time}, reckoned from what this model costs": "{time}（このモデルの計算量からの見積もり）",
    "{time}, as one training on this machine|{time}, as {count} trainings on this machine": (
        "{time}（このマシンでの学習 {count} 回の実績から）"
    ),
    "about {count} seconds": "約 {count} 秒",
    "about one minute|about {count} minutes": "約 {count} 分",
    "about one hour|about {count} hours": "約 {count} 時間",
    "as suits the images": "画像に合わせる",
    "quick: the most accuracy a minute": "quick：短い時間で高い精度",
    "best: as accurate as can be, about six times as long": "best：できるだけ高い精度（約 6 倍の時間）",
    "fine-tune: photographs, from published weights": "fine-tune：写真向け、公開済みの重みから",
    "as in the recipe": "レシピのまま",
    "Augmentation": "データ拡張",
    "characters: turned a little, never mirrored": "文字：少し回転、左右反転なし",
    "photographs: mirrored, turned, lightened": "写真：左右反転、回転、明るさ",
    "none": "なし",
    "Pixels of a side": "一辺のピクセル数",
    "for example 28, 64 or 64x96": "例：28、64、64x96",
    "how often each image is seen": "各画像を見る回数",
    "a number; auto looks for it first": "数値。auto なら先に探します",
    "the hours that it may take are a whole number from 1 to 96; leave them out for a regular training": (
        "時間の上限は 1 から 96 までの整数で指定してください。通常の学習なら空欄にします。"
    ),
    "Hours that it may take": "かけてよい時間数",
    "a larger model and more epochs": "より大きなモデルと多くのエポック",
    "Leave everything to the studio": "すべてスタジオに任せる",
    "Set by who runs this studio: {what}": "このスタジオの管理者による設定：{what}",
    "Learning rate finder": "学習率ファインダー",
    "It trains on trial while the rate rises, and takes about a hundred steps.": (
        "学習率を上げながら 100 ステップほど試しに学習します。"
    ),
    "The search waits for its turn.": "探索は順番を待っています。",
    "Rising rates are being tried on these images.": "この画像で、学習率を上げながら試しています。",
    "The search was cancelled.": "探索はキャンセルされました。",
    "The search failed: {why}": "探索に失敗しました：{why}",
    "The loss falls, then turns: {rate} is a good rate.": (
        "損失は下がったあと上がります。{rate} がよい学習率です。"
    ),
    "The loss scatters from step to step: the same rates are tried on other images, pass {number}.": (
        "損失がステップごとに大きくばらつくため、別の画像で同じ学習率を試しています（{number} 回目）。"
    ),
    "The loss scatters from step to step: {rate} is a guess.": (
        "損失のばらつきが大きいため、{rate} は目安です。"
    ),
    "The loss does not fall at any rate; perhaps there are too few images, or the tags are wrong.": (
        "どの学習率でも損失が下がりません。画像が少なすぎるか、タグが誤っているかもしれません。"
    ),
    "The loss explodes at once; the model or the optimiser does not suit.": (
        "損失がすぐに発散します。モデルか最適化手法が合っていません。"
    ),
    "This was found with other settings.": "これは別の設定で見つけた値です。",
    "Look for a rate": "学習率を探す",
    "End the search": "探索をやめる",
    "Take {rate}": "{rate} を使う",
    "each step": "各ステップ",
    "smoothed": "平滑化",
    "Loss by learning rate": "学習率ごとの損失",
    "waits for its turn": "順番を待っています",
    "prepares the images": "画像を準備しています",
    "learns": "学習しています",
    "is being measured": "評価しています",
    "Progress": "進み具合",
    "Accuracy on held-out images": "検証画像での正解率",
    "held-out images": "検証画像",
    "Loss by epoch": "エポックごとの損失",
    "Accuracy by epoch": "エポックごとの正解率",
    "Also under way": "ほかの進行中の学習",
    "{time} left": "残り {time}",
    "Cancel {name}": "{name} をキャンセル",
    "Iterations": "イテレーション",
    "trained": "学習済み",
    "cancelled": "キャンセル済み",
    "published as {name}": "{name} として公開中",
    "Nobody knows why.": "原因は分かりません。",
    "{share} of {count} held-out images right": "検証画像 {count} 枚の正解率 {share}",
    "learned for {time}": "学習時間 {time}",
    "Go on": "再開",
    "Go on with {name}": "{name} を再開",
    "More about {name}": "{name} のその他の操作",
    "Rename": "名前を変更",
    "What it said": "出力を見る",
    "Its model, its report and its exports are gone for good; the images stay.": (
        "モデル、レポート、エクスポートは完全に削除されます。画像は残ります。"
    ),
    "What {name} said": "{name} の出力",
    "Nothing.": "何もありません。",
    "Output": "出力",
    "{name} is trained.": "{name} の学習が終わりました。",
    "{name} failed: {why}": "{name} は失敗しました：{why}",
    # performance
    "Compare with": "比較対象",
    "nothing": "なし",
    "This iteration has been deleted meanwhile; choose another one.": (
        "このイテレーションは削除されました。別のものを選んでください。"
    ),
    "Measured on {count} images that were held out of the training; it chose its best epoch by them.": (
        "学習に使わなかった画像 {count} 枚で測定しています(最良のエポックの選択には使っています)。"
    ),
    "Reading what it answered …": "結果を読み込んでいます…",
    "The studio does not answer. It may be starting again.": (
        "スタジオから応答がありません。再起動中かもしれません。"
    ),
    "Try again": "もう一度試す",
    "Probability threshold": "確率のしきい値",
    "Precision": "適合率",
    "Recall": "再現率",
    "Average precision": "平均適合率",
    "{hits} of {count} given tags are right": "付けたタグ {count} 個のうち {hits} 個が正解",
    "{hits} of {count} tags are found": "タグ {count} 個のうち {hits} 個を検出",
    "over all thresholds": "すべてのしきい値を通して",
    "beside {value}:": "比較対象 {value}:",
    "{change} pts": "{change} ポイント",
    "All thresholds": "すべてのしきい値",
    "dashed: the compared iteration": "破線は比較対象",
    "Calibration": "確率の信頼性",
    "What is stated and what comes true differ by {error} on average. Above the line the model is too modest.": (
        "示した確率と実際の正解率の差は平均 {error} です。線より上では、モデルは控えめすぎます。"
    ),
    "Of tags stated with 1% or more, what is stated and what comes true differ by {error} on average. Above the line "
    "the model is too modest.": (
        "1% 以上と示したタグについて、示した確率と実際の割合の差は平均 {error} です。"
        "線より上では、モデルは控えめすぎます。"
    ),
    "Stated {from} to {to}: {count} answers, {right} right": "確率 {from}~{to}: 回答 {count} 件、正解 {right}",
    "Stated probability": "示した確率",
    "Each tag": "タグごと",
    "Find a tag": "タグを探す",
    "Show all {count} tags": "タグ {count} 個をすべて表示",
    "(deleted tag)": "(削除されたタグ)",
    "Right": "正解",
    "Missed": "見逃し",
    "Wrongly given": "誤って付与",
    "{tag}: rightly given": "{tag}:正しく付けたもの",
    "{tag}: missed": "{tag}:見逃したもの",
    "{tag}: wrongly given": "{tag}:誤って付けたもの",
    "What is taken for what": "取り違え",
    "Rows are what images are, columns what they are given. A cell opens its images.": (
        "行は画像のタグ、列はモデルが付けたタグです。セルを選ぶと画像が開きます。"
    ),
    "Rows are tags that images have, columns what they are given instead. A cell opens its images.": (
        "行は画像のタグ、列は代わりにモデルが付けたタグです。セルを選ぶと画像が開きます。"
    ),
    "Shown are the {count} tags with the most mistakes.": "誤りの多いタグ {count} 個を表示しています。",
    "Point at a cell, or move with the arrow keys; Enter opens its images.": (
        "セルを指すか矢印キーで移動し、Enter で画像を開きます。"
    ),
    "{truth}, rightly given": "{truth}:正解",
    "{truth} taken for {given}": "{truth} → {given}",
    "{truth}, given no tag": "{truth}:タグなしとされたもの",
    "{given}, given to images without a missed tag": "{given}:余分に付けたもの",
    "Most often confused": "多い取り違え",
    "No tag is taken for another at this threshold.": "このしきい値では、タグの取り違えはありません。",
    "deleted image": "削除された画像",
    "Worst images": "最も誤った画像",
    "The images whose own tag got the least probability. Some may have a wrong tag.": (
        "正しいタグの確率が最も低い画像です。タグのほうが間違っているものもあるかもしれません。"
    ),
    "The images with the most wrong probability of a tag. Some may have a wrong tag.": (
        "タグの確率が最も外れた画像です。タグのほうが間違っているものもあるかもしれません。"
    ),
    "Show more ({count})": "さらに表示(残り {count})",
    "Show those tagged so now on the page Images": "現在のタグに基づいて画像ページで表示",
    "Images: {count}": "画像 {count} 枚",
    "tagged so when it was trained": "学習時のタグ",
    "It still has these tags:": "現在のタグ(学習時と同じ):",
    "Tagged differently since; this counts from the next training on:": (
        "タグが変更されています(次の学習から反映されます):"
    ),
    "Take away {tag}": "{tag} を外す",
    "Another tag instead": "別のタグに変更",
    "One more tag": "タグを追加",
    "The line is the threshold.": "縦線はしきい値です。",
    "All of these": "一覧に戻る",
    "{name} beside {other}": "{name} と {other} の比較",
    "No image was held out of both trainings, so that they cannot be compared image by image.": (
        "両方の学習で取り分けられた画像がないため、画像ごとの比較はできません。"
    ),
    "Of {count} images held out of both trainings, {one} are wholly right with {name}, {other} with "
    "{otherName}.": (
        "両方の学習で取り分けられた画像 {count} 枚のうち、完全に正解したのは {name} が {one} 枚、"
        "{otherName} が {other} 枚です。"
    ),
    "Only {name} is right": "{name} だけが正解",
    "Such a difference is unlikely to be chance (exact McNemar test, p {p}).": (
        "この差は偶然とは考えにくいものです(正確マクネマー検定、p {p})。"
    ),
    "Such a difference may well be chance (exact McNemar test, p {p}).": (
        "この差は偶然でも十分に起こりえます(正確マクネマー検定、p {p})。"
    ),
    "All iterations": "すべてのイテレーション",
    "Trained": "学習日時",
    "Measured on": "測定枚数",
    "Choose": "選択",
    "nothing was held out of its training": "取り分けられた画像がありません",
    "shown": "表示中",
    "compared": "比較中",
    "Compare": "比較",
    "The first training is under way; its figures appear here when it has ended.": (
        "最初の学習が進行中です。終わると、ここに結果が表示されます。"
    ),
    "Nothing has been trained yet. A training holds some images out and is measured on them.": (
        "まだ学習していません。学習では一部の画像を取り分けておき、それで性能を測ります。"
    ),
    "To the trainings": "学習のページへ",
    # publish
    "Copy": "コピー",
    "Copied": "コピーしました",
    "Now press Ctrl+C": "Ctrl+C を押してください",
    "What answers": "公開中のもの",
    "Name for programs": "プログラムから呼ぶ名前",
    "Nothing is published: programs get no answer yet.": "まだ何も公開されていません。プログラムからは利用できません。",
    "On held-out images: {quality}": "検証用の画像での成績：{quality}",
    "Held-out images": "検証用の画像",
    "not measured": "測定なし",
    "accuracy {share}": "正解率 {share}",
    "average precision {share}": "平均適合率 {share}",
    "{iteration} answers since {moment}": "{iteration} が {moment} から回答しています",
    "Roll back to {iteration}": "{iteration} に戻す",
    "Unpublish": "公開をやめる",
    "Let {iteration} answer as {name}?": "{iteration} を {name} として公開しますか？",
    "{name}, which answers now, gives way; a roll back brings it back.": (
        "現在公開中の {name} と入れ替わります。あとから元に戻せます。"
    ),
    "It answers as {name} from now on.": "{name} として公開しました。",
    "Let nothing answer as {name}?": "{name} の公開をやめますか？",
    "Programs that ask for it are refused until something is published under this name again.": (
        "この名前で再び公開するまで、プログラムからの要求は拒否されます。"
    ),
    "How programs ask": "プログラムからの使い方",
    "Published as": "公開名",
    "Keep what is sent, to be tagged": "送られた画像を保存し、タグ付けに使う",
    "Prediction URL": "予測 URL",
    "The key is taken from the variable FUDEMOJI_KEY; without one, programs are refused.": (
        "キーは環境変数 FUDEMOJI_KEY から読み取ります。キーがなければ拒否されます。"
    ),
    "No key is needed yet: programs on this machine may ask without one.": (
        "まだキーは不要です。このコンピューターのプログラムはキーなしで利用できます。"
    ),
    "Keys": "キー",
    "Key": "キー",
    "Command": "コマンド",
    "Make a key": "キーを作る",
    "There is no key for predictions of this project; programs without one are refused.": (
        "このプロジェクトの予測用キーはありません。キーのないプログラムからの要求は拒否されます。"
    ),
    "There is no key: programs on this machine may do everything, others nothing.": (
        "キーはありません。このコンピューターのプログラムはすべての操作ができ、ほかからは何もできません。"
    ),
    "opens all projects": "全プロジェクトで有効",
    "made {moment}": "{moment} 作成",
    "Revoke": "無効にする",
    "Revoke {name}": "{name} を無効にする",
    "Revoke {name}?": "{name} を無効にしますか？",
    "Programs that send this key are refused at once; it cannot be brought back.": (
        "このキーを使うプログラムは直ちに拒否されます。キーは元に戻せません。"
    ),
    "It opens all projects. Programs that send it are refused at once; it cannot be brought back.": (
        "全プロジェクトで有効なキーです。これを使うプログラムは直ちに拒否されます。キーは元に戻せません。"
    ),
    "It opens the predictions of this project, and nothing else.": "このプロジェクトの予測だけに使えるキーです。",
    "From the first key on, programs on this machine need one too.": (
        "最初のキーを作ると、このコンピューターのプログラムにもキーが必要になります。"
    ),
    "Name, by which you know it again": "見分けるための名前",
    "Make it": "作る",
    "The key {name}": "キー {name}",
    "It is shown this once: the studio keeps only its fingerprint.": (
        "表示されるのは今回だけです。スタジオにはハッシュ値だけが残ります。"
    ),
    "For the programs of this page, in the shell that starts them:": (
        "このページのプログラムを動かすシェルで、次を実行してください。"
    ),
    "I have it": "控えました",
    "Models as files": "モデルのファイル",
    "Each is compared with the original's answers before it is handed out.": (
        "元のモデルと回答が一致することを確かめてから、ダウンロードできるようになります。"
    ),
    "for most places: servers, phones, browsers": "サーバー・スマートフォン・ブラウザーなど、ほとんどの環境向け",
    "a quarter of the size, whole numbers": "整数化して約 4 分の 1 の大きさ",
    "for C++ and Python with torch": "torch を使う C++ と Python 向け",
    "the weights, for fudemoji and torch": "重みのみ。fudemoji と torch 向け",
    "Download": "ダウンロード",
    "waits": "待機中",
    "is being made": "作成中",
    "failed: {note}": "失敗：{note}",
    "History": "履歴",
    "From": "開始",
    "Until": "終了",
    "rolled back to": "元に戻した",
    "now": "現在",
    # sets
    "How balanced a set is, what its images look like, and which of them are alike.": (
        "データセットの偏り、画像の見本、互いに似た画像を調べられます。"
    ),
    "Named sets": "名前付きデータセット",
    "one class|{count} classes": "{count} クラス",
    "It is not on this machine; get it with:": "このコンピューターにはありません。取得するコマンド:",
    "The set is being read.": "データセットを読み込んでいます。",
    "In their order": "元の順",
    "Most images first": "画像の多い順",
    "Fewest images first": "画像の少ない順",
    "Order": "並び順",
    "Another sample": "別の見本",
    "Find classes by glyph, reading or code": "文字、読み、コードでクラスを探す",
    "one class is called so|{count} classes are called so": "該当するクラス：{count} 個",
    "All classes": "すべてのクラス",
    "Show more classes": "さらにクラスを表示",
    "one without a tag|{count} without a tag": "タグなし {count} 枚",
    "The largest class has {times} times as many images as the smallest.": (
        "最も多いクラスの画像は、最も少ないクラスの {times} 倍です。"
    ),
    "Some classes have no image.": "画像のないクラスがあります。",
    "The number is the likeness, 1 for the same.": "数は類似度で、同じ画像なら 1 です。",
    "Grouped by their form, the most typical of each group first. Who wrote what is not recorded.": (
        "字形ごとにまとめ、それぞれ典型的なものから並べています。誰が書いたかは記録されていません。"
    ),
    "Forms": "字形の数",
    "Form {number}": "字形 {number}",
    "Its nearest neighbours, the most alike first. Each leads to its own.": (
        "最も似た画像から順に並べています。選ぶと、その画像に似たものへ移ります。"
    ),
    "All neighbours are of the same class.": "近い画像はすべて同じクラスです。",
    "One neighbour of {total} is of another class.|{count} neighbours of {total} are of another class.": (
        "近い画像 {total} 枚のうち {count} 枚は別のクラスです。"
    ),
    "Compared by their pixels.": "画素で比べています。",
    "Compared by": "比べ方",
    "their pixels": "画素",
    "The images are being compared.": "画像を比較しています。",
    "{count} of {total} images compared so far": "{total} 枚のうち {count} 枚を比較しました",
    "the set has no such class": "このデータセットにそのクラスはありません",
    "the set has no such image": "このデータセットにその画像はありません",
    # predictions
    "Images that programs sent, with the answers. What you confirm becomes an image with this tag.": (
        "プログラムから送られた画像と、その回答です。確定すると、タグの付いた画像としてプロジェクトに加わります。"
    ),
    "No predictions have been kept yet.": "保存された予測はまだありません。",
    "most uncertain first": "不確かなものから",
    "newest first": "新しいものから",
    "oldest first": "古いものから",
    "Taken for": "予測されたタグ",
    "any tag": "すべてのタグ",
    "At least": "確率の下限",
    "any": "すべて",
    "Program": "プログラム",
    "without a name": "名前なし",
    "Delete these …": "これらを削除…",
    "Delete one prediction?|Delete {count} predictions?": "{count} 件の予測を削除しますか？",
    "Nothing brings them back.": "元に戻すことはできません。",
    "Suggested tags": "タグの提案",
    "There is nothing to decide on here.": "ここには確認するものがありません。",
    "one left|{count} left": "残り {count} 件",
    "one decided|{count} decided": "{count} 件を確定",
    "Confirm": "確定のしかた",
    "one after another": "1 枚ずつ",
    "all of at least {share}: {count}": "確信度 {share} 以上をまとめて：{count} 枚",
    "The least certain come first. One that is wrong is chosen and gets its right tag (/ and its name), then leaves. "
    "Where some are chosen, only those are confirmed.": (
        "確信度の低いものから並びます。誤っている画像は、選んで正しいタグ（/ とタグ名）を付ければ一覧から外れます。"
        "画像を選ぶと、選んだものだけを確定します。"
    ),
    "Confirm one image|Confirm {count} images": "画像 {count} 枚を確定",
    "one image got its tags|{count} images got their tags": "画像 {count} 枚にタグを付けました",
    "one was tagged, deleted or looked at anew meanwhile, and stays as it is"
    "|{count} were tagged, deleted or looked at anew meanwhile, and stay as they are": (
        "{count} 枚は、その間にタグの付与、削除、または再判定があったため、そのままにしました"
    ),
    "Confirm {tag}": "「{tag}」に確定",
    "Choose a tag": "タグを選んでください",
    "Another tag": "別のタグ",
    "Later": "後で",
    "The next ones": "次の画像",
    "Somebody has tagged or deleted this image meanwhile; it stays as it is now.": (
        "この画像は、ほかの人がタグを付けたか削除しました。現在の状態のままにします。"
    ),
}
