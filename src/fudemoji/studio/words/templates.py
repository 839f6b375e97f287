"""What server, decoders and trainings tell, in English and Japanese, with the names of values in braces.

A test holds each against the code that tells it.
"""

from __future__ import annotations

__all__ = ["TEMPLATES"]

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
    "{name}: lists no images; {expected}, and a line for each image": (
        "{name} に画像の行がありません。path,label か path,labels の表が必要です"
    ),
    "{name}: line {line} is no CSV ({error}); save the table again": (
        "{name} の {line} 行目が CSV ではありません（{error}）。表を保存し直してください"
    ),
    "{name}: line {line} is '{found}', expected a label, one sign or nothing, and a name or nothing": (
        "{name} の {line} 行目が「{found}」です。ラベル、一文字（なくてもよい）、名前（なくてもよい）が必要です"
    ),
    "{name}: is longer than {most} GiB; is it a table of files?": (
        "{name} が {most} GiB を超えています。ファイルの表ですか"
    ),
    "{name} cannot be read: {reason}": "{name} を読めません（{reason}）",
    "{name}: line 1 is in UTF-16, expected UTF-8; {hint}": (
        "{name} が UTF-16 です。UTF-8 で保存し直してください"
    ),
    "{name}: line 1 is '{found}'; {expected}": (
        "{name} の 1 行目が「{found}」です。path,label か path,labels が必要です"
    ),
    "{name}: line {line} has {count} cells, expected {wanted} ({columns}); "
    "put a cell with a comma between double quotes": (
        "{name} の {line} 行目の列が {count} 個です（{wanted} 個必要：{columns}）。"
        "カンマを含む値は二重引用符で囲んでください"
    ),
    "{name}: line {line} has no path; write one, or delete the line": (
        "{name} の {line} 行目にパスがありません。書くか、行を消してください"
    ),
    "{name}: line {line} has a null byte in its path; save the table again": (
        "{name} の {line} 行目のパスにヌル文字があります。表を保存し直してください"
    ),
    "{name}: line {line} ({path}) has an empty label; write one, or delete the line": (
        "{name} の {line} 行目（{path}）のラベルが空です。書くか、行を消してください"
    ),
    "{name}: line {line} has the labels '{labels}': one is empty or there twice; write them like cat|dog": (
        "{name} の {line} 行目のラベル「{labels}」に空のものか重複があります。cat|dog のように書いてください"
    ),
    "{name}: line {line} has the split '{split}', expected train, valid or test": (
        "{name} の {line} 行目の split が「{split}」です。train・valid・test のどれかにしてください"
    ),
    "{name}: line {line}: {path} is in line {before} already, with another label or split; keep one of the lines": (
        "{name} の {line} 行目：{path} は {before} 行目に別のラベルか split であります。どちらかを残してください"
    ),
    "{name}: line {line} ({path}) has no split, but others have; "
    "write train, valid or test in every line, or in none": (
        "{name} の {line} 行目（{path}）に split がありません。すべての行に書くか、どの行にも書かないでください"
    ),
    "{name}: no line has a file that is not empty, with a label; {expected}": (
        "{name} に、ラベルと空でないファイルのある行がありません"
    ),
    "{name}: line {line}: no file {path} ({reason}); {hint}": (
        "{name} の {line} 行目：ファイル {path} がありません（{reason}）"
    ),
    "{name}: line {line}: it is a folder or a special file; write the path of an image": (
        "{name} の {line} 行目：フォルダーか特殊なファイルです。画像のパスを書いてください"
    ),
    "{name}: {file} names no split, but other files do; call it train-..., or move it away": (
        "{name} の {file} だけファイル名に split がありません。train-… のような名前にするか、移してください"
    ),
    "{name}: {file} has other columns or classes than {other}; keep them apart": (
        "{name} の {file} は列かクラスが {other} と違います。別々にしてください"
    ),
    "{name} has no row with a label; {expected}": "{name} にラベルのある行がありません",
    "{count} rows have no label (empty, or -1)": "ラベルのない行が {count} あります",
    "{name}: the label is {label}, expected 0 to {most}": "{name} のラベルが {label} です（0 から {most} まで）",
    "{name} can be read with pyarrow only, which is not installed: pip install 'fudemoji[parquet]'": (
        "{name} を読むには pyarrow が必要です：pip install 'fudemoji[parquet]'"
    ),
    "{name}: is no whole parquet file ({reason}); get it again": (
        "{name} は完全な parquet ファイルではありません（{reason}）。もう一度入手してください"
    ),
    "{name}: row group {group} cannot be read ({reason}); get it again": (
        "{name} の行グループ {group} を読めません（{reason}）。もう一度入手してください"
    ),
    "{name}: which column holds the images? It has {columns}; {expected}": (
        "{name} のどの列が画像か分かりません（列：{columns}）"
    ),
    "{name}: which column holds the labels? It has {columns}; {expected}": (
        "{name} のどの列がラベルか分かりません（列：{columns}）"
    ),
    "{name}: column '{column}' holds {kind}, expected whole numbers, text, or lists of them": (
        "{name} の列「{column}」は {kind} です。整数か文字列、またはそのリストが必要です"
    ),
    "{name}: row {row} of row group {group} has no bytes; is it a path only?": (
        "{name} の行グループ {group} の {row} 行目に画像のデータがありません。パスだけですか"
    ),
    "{name}: row group {group} holds {count} bytes, more than the {most} "
    "that are read at once; write it with smaller row groups (row_group_size=1000)": (
        "{name} の行グループ {group} は {count} バイトあり、一度に読める {most} を超えています。"
        "行グループを小さくして（row_group_size=1000）書き直してください"
    ),
    "{name} holds {images} images and {videos} videos; a set is of one kind: move either away": (
        "{name} に画像 {images} 枚と動画 {videos} 本があります。どちらかを移してください"
    ),
    "{name}: every image in it is empty or too large ({last})": (
        "{name} の画像はどれも空か大きすぎます（{last}）"
    ),
    "{name} holds no image or video; {expected}": "{name} に画像も動画もありません",
    "{name} holds {count} images or videos but no class folders; {expected}": (
        "{name} に画像か動画が {count} ありますが、クラスごとのフォルダーに分かれていません"
    ),
    "{name} has {folders} for the {split} split; keep one of them": (
        "{name} に {split} 用のフォルダーがいくつもあります（{folders}）。一つだけ残してください"
    ),
    "{name}: {path} lies too deep; {expected}; or give the folder {top} in it": (
        "{name} の {path} は深すぎる場所にあります。中のフォルダー {top} を指定してください"
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
    # what does not fit what is there
    "the name of {whose} is blank; give it a name": "{whose}の名前が空です。名前を入力してください",
    "{whose} has {count} characters; at most {most} are possible": (
        "{whose}が長すぎます（{count} 文字。{most} 文字まで）"
    ),
    "{whose} has characters that are no text (NUL, or half a surrogate pair)": (
        "{whose}に文字として扱えないものが含まれています"
    ),
    "the name of {whose}": "{whose}の名前",
    "the project": "プロジェクト",
    "the tag": "タグ",
    "the iteration": "イテレーション",
    "the publication": "公開するもの",
    "the key": "キー",
    "the description of the project": "プロジェクトの説明",
    "the description of the tag": "タグの説明",
    "there is a project {name} already; choose another name": (
        "{name} というプロジェクトがすでにあります。別の名前にしてください"
    ),
    "the project has a tag {name} already; choose another name": (
        "{name} というタグがすでにあります。別の名前にしてください"
    ),
    "the project has an iteration {name} already": "{name} というイテレーションがすでにあります",
    "the project has a negative tag already, {name}": "該当なし用のタグ {name} がすでにあります",
    "a negative tag stands alone; take the other tags from the image first": (
        "該当なし用のタグは、ほかのタグと一緒に付けられません。先にほかのタグを外してください"
    ),
    "images with the tag have other tags too; take those away, then make it negative": (
        "このタグの画像にほかのタグも付いています。それらを外してから変更してください"
    ),
    "{count} images of the project have several tags; take away all but one, then make it multiclass": (
        "画像 {count} 枚に複数のタグが付いています。一つだけ残してから変更してください"
    ),
    "a project of this server holds at most {most} images": (
        "このサーバーのプロジェクトに入る画像は {most} 枚までです"
    ),
    "a request may give {most} tags to an image": "一枚の画像に一度に付けられるタグは {most} 個までです",
    # what is not there any more
    "there is no such export": "書き出したものがありません",
    "there is no such key; `fudemoji keys list` shows them": "キーがありません",
    "there is no set of this name": "その名前のデータセットはありません",
    "the project has no such image": "画像がありません。削除されたようです",
    "the project has no such tag": "タグがありません。削除されたようです",
    "the project has no such iteration": "イテレーションがありません。削除されたようです",
    "the project has no such filling": "取り込みの記録がありません",
    "the project has no such stored prediction": "予測がありません。削除されたようです",
    "the iteration has been deleted": "イテレーションは削除されました",
    "this training was deleted meanwhile": "この学習はその間に削除されました",
    "the iteration knows no such tag": "このイテレーションの知らないタグです",
    "{name} does not know this tag": "{name} の知らないタグです",
    "image {image} has been deleted": "画像 {image} は削除されました",
    "the file of image {image} cannot be read": "画像 {image} のファイルを読めません",
    "the image cannot be read": "画像を読めません",
    "the file of the image is damaged": "画像のファイルが壊れています",
    "what {name} has recorded is damaged": "{name} の記録が壊れています",
    "what {name} was measured by is damaged": "{name} の評価の記録が壊れています",
    "{name} has no report": "{name} のレポートはありません",
    "the file of the export is gone; export the model again": (
        "書き出したファイルがありません。もう一度書き出してください"
    ),
    # what has to come first
    "{name} is {state}, not completed": "{name} はまだ使えません（{state}）",
    "{name} is {state} and cannot become {wanted}": "{name} は{state}なので変更できません",
    "{name} is {state}; cancel it first": "{name} は{state}です。先にキャンセルしてください",
    "{name} of the project is being trained; cancel it first": (
        "{name} を学習しています。先にキャンセルしてください"
    ),
    "{name} is published as {published}; unpublish it first": (
        "{name} は {published} として公開されています。先に公開をやめてください"
    ),
    "an iteration of the project is published as {published}; unpublish it first": (
        "{published} として公開しているイテレーションがあります。先に公開をやめてください"
    ),
    "another iteration is published as {published}; unpublish it, or overwrite": (
        "{published} では別のイテレーションを公開しています。その公開をやめるか、置き換えてください"
    ),
    "{name} is not published": "{name} は公開されていません",
    "no iteration of the project is published under this name": "この名前で公開されているイテレーションはありません",
    "no iteration is published under this name": "この名前で公開されているイテレーションはありません",
    "no other iteration was published under this name before": (
        "この名前で前に公開したイテレーションはほかにありません"
    ),
    "no iteration of the project is trained; train one first": (
        "学習済みのイテレーションがありません。先に学習してください"
    ),
    "no learning rate was looked for in this project": "このプロジェクトではまだ学習率を調べていません",
    "it is still under way; cancel it first": "まだ続いています。先にキャンセルしてください",
    "the export is {state}, not done": "書き出しはまだ終わっていません（{state}）",
    "the export of {name} for {platform} is {state}": "{name} の {platform} への書き出しは{state}です",
    "only a training that broke off can go on; this one is {state}": (
        "再開できるのは途中で終わった学習だけです（{state}）"
    ),
    "a training of this project is under way; wait until it is completed, or cancel it": (
        "このプロジェクトは学習中です。終わるのを待つか、キャンセルしてください"
    ),
    "the very same training is under way; change images, tags or settings, or force the training": (
        "まったく同じ学習が進んでいます。画像・タグ・設定のどれかを変えてください"
    ),
    "nothing has changed since the last training; add or tag images, or force the training": (
        "前の学習から何も変わっていません。画像を追加するか、タグを付けてください"
    ),
    "each tag needs {least} images: {tags}": "各タグに画像が {least} 枚必要です（{tags}）",
    "queued": "待機中",
    "completed": "完了",
    "exporting": "書き出し中",
    "done": "完了",
    # what a server cannot do now
    "too many searches wait; ask again later": (
        "順番を待つ探索が多すぎます。しばらくしてからやり直してください"
    ),
    "too many fillings wait; ask again later": (
        "順番を待つ取り込みが多すぎます。しばらくしてからやり直してください"
    ),
    "too many uploads at a time; ask again": ("アップロードが多すぎます。しばらくしてからやり直してください"),
    "others are writing; try again": "ほかの人が書き込んでいます。もう一度試してください",
    "the database cannot be reached; try again": "データベースにつながりません。もう一度試してください",
    "images cannot be classified now": "いまは画像を分類できません",
    "this model cannot do what was asked": "このモデルにはできないことです",
    "the model cannot be used; the server's log says why": (
        "モデルを使えません。理由はサーバーのログにあります"
    ),
    "the model does not answer; ask again later": (
        "モデルが応答しません。しばらくしてからやり直してください"
    ),
    "the server stops; ask again later": "サーバーが終了するところです。しばらくしてからやり直してください",
}
