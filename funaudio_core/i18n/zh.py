"""The Chinese of every phrase that the library and the pages make. A table; knows no page and no task."""

from __future__ import annotations

from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES, display_name

# English template -> Chinese template, with the same placeholders.
MESSAGES_ZH: dict[str, str] = {
    # training data
    "The clip is too short.": "音频过短。",
    "The clip is too long.": "音频过长。",
    "The clip is silent.": "音频没有声音。",
    "The clip is clipped. Lower the recording gain.": "音频有削波。请降低录音增益。",
    "The clip is noisy. Record in a quieter room.": "音频噪声较大。请在更安静的房间录制。",
    "The clip has the bandwidth of a phone call.": "音频只有电话的带宽。",
    "The clip contains music.": "音频中有音乐。",
    "The clip seems to contain two speakers.": "音频中似乎有两位说话人。",
    "No text was recognized.": "没有识别出文字。",
    "The text doesn't match the clip.": "文字与音频不符。",
    "Another speaker talks.": "说话的是另一个人。",
    "Clips that are kept: {count}; at least {least} are needed. Add recordings.": (
        "保留的音频：{count} 条；至少需要 {least} 条。请添加录音。"
    ),
    "The id {id!r} can't be a file name.": "编号 {id!r} 不能用作文件名。",
    "The clip ends before it starts.": "音频的结束时间早于开始时间。",
    "The clip lasts {seconds:.1f} s; use {least:g} to {most:g} s.": (
        "音频长 {seconds:.1f} 秒；请使用 {least:g} 到 {most:g} 秒。"
    ),
    "{value!r} isn't one of {choices}.": "{value!r} 不在 {choices} 之中。",
    "The id {id!r} occurs twice.": "编号 {id!r} 出现了两次。",
    "Each message must have a 'role' and a 'content'.": "每条消息都必须有“role”和“content”。",
    "The field {name!r} must be a list.": "字段 {name!r} 必须是列表。",
    "Turns of the user and of the assistant must alternate; the user begins.": (
        "用户与助手的发言必须交替出现，由用户开始。"
    ),
    "The messages name {named} sounds, but there are {given}.": "消息中提到 {named} 段声音，实际有 {given} 段。",
    "Each entry of 'audio' must be an object in JSON, written as a text.": (
        "“audio”的每一项都必须是写成文本的 JSON 对象。"
    ),
    "The tokens of a sound must be {pads} or {codes}.": "声音的标记必须是 {pads} 或 {codes}。",
    "The speech code {code} is too high; {most} is the highest.": "语音编码 {code} 过大；最大为 {most}。",
    "A sound has no tokens.": "有一段声音没有标记。",
    "A clip that is heard has no path.": "有一段输入音频没有路径。",
    "The field {name!r} must be a text.": "字段 {name!r} 必须是文本。",
    "{file} can't be read. Check that it exists.": "无法读取 {file}。请确认文件存在。",
    "The field {name!r} is missing.": "缺少字段 {name!r}。",
    "The field {name!r} must be a number of at least 0.": "字段 {name!r} 必须是不小于 0 的数字。",
    "The field {name!r} must be a list of texts.": "字段 {name!r} 必须是文本列表。",
    "The field {name!r} must be true or false.": "字段 {name!r} 必须是 true 或 false。",
    "The path {path!r} can't be written to wav.scp. Rename the file.": (
        "路径 {path!r} 无法写入 wav.scp。请重命名文件。"
    ),
    "The id {id!r} is empty or has blanks, which wav.scp can't hold. Rename it.": (
        "编号 {id!r} 为空或含有空格，wav.scp 无法保存。请重命名。"
    ),
    "A path or text of {id!r} has a line break. Remove it.": "{id!r} 的路径或文字中有换行。请删除。",
    "utt2spk doesn't give {id!r} the speaker {speaker!r}.": "utt2spk 中 {id!r} 的说话人不是 {speaker!r}。",
    "There are no sound files. Choose recordings, or a folder with some.": (
        "没有声音文件。请选择录音，或包含录音的文件夹。"
    ),
    "The recording {name!r} of the clip {id!r} is missing.": "缺少音频 {id!r} 所在的录音 {name!r}。",
    "The recording {name!r} ends before the clip {id!r}.": "录音 {name!r} 在音频 {id!r} 之前就已结束。",
    "The id or the path of the recording is empty.": "编号或录音的路径为空。",
    "The field {name!r} must be a tag such as {example}.": "字段 {name!r} 必须是 {example} 这样的标记。",
    "There are {count} conversations; at least {least} are needed. Add some.": (
        "对话共 {count} 个；至少需要 {least} 个。请添加。"
    ),
    "The conversation {name!r} is too long ({count} positions; at most {most}). Shorten it.": (
        "对话 {name!r} 过长（{count} 个位置；最多 {most} 个）。请缩短。"
    ),
    "The conversation {name!r} has no reply to learn from. Remove it.": (
        "对话 {name!r} 中没有可供学习的回复。请移除。"
    ),
    "The conversation {name!r} has tokens that the model doesn't know. Use its own tokenizer.": (
        "对话 {name!r} 中有模型不认识的标记。请使用模型自己的分词器。"
    ),
    "The conversation {name!r} has more or fewer sounds than its text names.": (
        "对话 {name!r} 中的声音数量与文字所述不符。"
    ),
    "The conversation {name!r} has an invalid clip. Export it again.": ("对话 {name!r} 中有无效的音频。请重新导出。"),
    "The conversation {name!r} has speech codes out of range.": "对话 {name!r} 中的语音编码超出范围。",
    "The clip {name!r} has invalid features. Export it again.": "音频 {name!r} 的特征无效。请重新导出。",
    "The clip {name!r} lasts longer than {most:g} s. Cut it.": "音频 {name!r} 超过 {most:g} 秒。请剪短。",
    "The text of the clip {name!r} is too long ({count} pieces; at most {most}). Cut the clip.": (
        "音频 {name!r} 的文字过长（{count} 个单元；最多 {most} 个）。请剪短音频。"
    ),
    "The clip {name!r} is too short for its text ({rows} rows of features; {needed} are needed). "
    "Correct the text, or remove the clip.": (
        "音频 {name!r} 对其文字来说过短（特征有 {rows} 行；需要 {needed} 行）。请改正文字，或移除该音频。"
    ),
    "The text form of the clip {name!r} is unknown. Use withitn or woitn.": (
        "音频 {name!r} 的文字形式未知。请使用 withitn 或 woitn。"
    ),
    "The text of the clip {name!r} has letters that the model doesn't know. Write it in other letters.": (
        "音频 {name!r} 的文字中有模型不认识的字符。请改用其他字符书写。"
    ),
    "The label of the clip {name!r} has ids that the model doesn't know. Use its own vocabulary.": (
        "音频 {name!r} 的标签中有模型不认识的编号。请使用模型自己的词表。"
    ),
    "SenseVoice can't learn the language of the clip {name!r} ({language}); it knows {known}. "
    "Give the closest one, such as Chinese for a dialect.": (
        "SenseVoice 无法学习音频 {name!r} 的语言（{language}）；它支持 {known}。请选择最接近的语言，例如方言选择中文。"
    ),
    # exports of recordings
    "The file needs {needed:,.0f} MB, and the server disk has {free:,.0f} MB left. The recording is kept: "
    "make room or choose a smaller format, and export it again.": (
        "文件需要 {needed:,.0f} MB，服务器磁盘只剩 {free:,.0f} MB。"
        "录音已保留：请腾出空间或选择更小的格式，然后重新导出。"
    ),
    "The server disk is full, so the file can't be written. The recording is kept: make room, and export it again.": (
        "服务器磁盘已满，无法写入文件。录音已保留：请腾出空间后重新导出。"
    ),
    "There is no sound to export yet. Narrate a chapter first.": "还没有可导出的声音。请先朗读一章。",
    "A part of the chapter {title!r} is missing or damaged. Narrate this chapter again; only the missing part "
    "is made, all others are kept.": (
        "章节 {title!r} 的一部分丢失或损坏。请重新朗读这一章；只会补做缺少的部分，其余全部保留。"
    ),
    # engines
    "Automatic: the best model on this server": "自动：使用本服务器上效果最好的模型",
    # books
    "cover": "封面",
    "title page": "扉页",
    "imprint": "版权页",
    "contents": "目录",
    "index": "索引",
    "bibliography": "参考文献",
    "notes of the book": "注释",
    "front matter": "正文前的内容",
    "publisher's page": "出版社附页",
    "not part of the reading order": "不在阅读顺序中",
    "no text": "没有文字",
    "Kindle books (MOBI, AZW) can't be read. Convert the book to EPUB, for example with Calibre.": (
        "无法读取 Kindle 电子书（MOBI、AZW）。请转换为 EPUB，例如使用 Calibre。"
    ),
    "This e-book format can't be read. Convert the book to EPUB, for example with Calibre.": (
        "无法读取这种电子书格式。请转换为 EPUB，例如使用 Calibre。"
    ),
    "The archive isn't a book. Unpack it and choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file.": (
        "这个压缩包不是图书。请解压后选择 EPUB、TXT、Markdown、HTML、DOCX 或 PDF 文件。"
    ),
    "The text was read as {encoding}. If letters look wrong, save it as UTF-8.": (
        "文本按 {encoding} 编码读取。如有乱码，请另存为 UTF-8。"
    ),
    "RTF files can't be read. Save the book as DOCX or TXT.": "无法读取 RTF 文件。请另存为 DOCX 或 TXT。",
    "Old Word files (.doc) can't be read. Save the book as DOCX.": "无法读取旧版 Word 文件（.doc）。请另存为 DOCX。",
    "Packed archives can't be read. Unpack the book first.": "无法读取压缩包。请先解压。",
    "This is a picture. Run text recognition (OCR) on it first.": "这是一张图片。请先进行文字识别（OCR）。",
    "The archive holds only pictures. Run text recognition (OCR) on them first.": (
        "压缩包里只有图片。请先进行文字识别（OCR）。"
    ),
    "This DjVu file can't be read. Run text recognition (OCR) on it, and save the text as PDF or TXT.": (
        "无法读取这个 DjVu 文件。请先进行文字识别（OCR），再把文字另存为 PDF 或 TXT。"
    ),
    "OpenDocument files can't be read. Save the book as DOCX.": "无法读取 OpenDocument 文件。请把书另存为 DOCX。",
    "Pages documents can't be read. Export the book as EPUB.": "无法读取 Pages 文稿。请把书导出为 EPUB。",
    "This is a spreadsheet or a set of slides. Save its text as DOCX or TXT.": (
        "这是电子表格或幻灯片。请把其中的文字另存为 DOCX 或 TXT。"
    ),
    "The file has {size:,} MB; the limit is {most} MB. Split the book.": (
        "文件有 {size:,} MB，上限为 {most} MB。请拆分图书。"
    ),
    "The file is empty. Choose a book with text.": "文件是空的。请选择有文字的图书。",
    "The DOCX is damaged: its text is missing. Save it again.": "DOCX 文件已损坏，缺少正文。请重新保存。",
    "The text has {size:,} MB; the limit is {most} MB. Split the book.": (
        "文本有 {size:,} MB，上限为 {most} MB。请拆分图书。"
    ),
    "The book has no text, perhaps only pictures. Choose an edition with text.": (
        "书中没有文字，可能只有图片。请选择有文字的版本。"
    ),
    "The book has {count:,} characters; the limit is {most:,}. Split it.": (
        "全书有 {count:,} 个字符，上限为 {most:,} 个。请拆分。"
    ),
    "The book's markup is nested too deeply. Export it again, for example with Calibre.": (
        "书中的标记嵌套过深。请重新导出，例如使用 Calibre。"
    ),
    "The file is damaged: its archive can't be opened. Download or copy it again.": (
        "文件已损坏，无法打开压缩包。请重新下载或复制。"
    ),
    "The book has nothing but notes. Choose a book with text.": "书中只有注释。请选择有正文的图书。",
    "The file isn't text. Choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file.": (
        "该文件不是文本。请选择 EPUB、TXT、Markdown、HTML、DOCX 或 PDF 文件。"
    ),
    "The book is protected against copying (DRM). Choose an edition without protection.": (
        "该书有版权保护（DRM）。请选择无保护的版本。"
    ),
    "The book lists no text to read. Export it again, for example with Calibre.": (
        "书中没有列出可读的正文。请重新导出，例如使用 Calibre。"
    ),
    "The file isn't a complete EPUB: its package document is missing. Export the book again.": (
        "该文件不是完整的 EPUB，缺少包文件。请重新导出。"
    ),
    "The book has no contents; its chapters were found by their headings.": "书中没有目录，章节是按标题划分的。",
    "Untitled": "无标题",
    "The book is damaged: its XML can't be read. Download or export it again.": (
        "图书已损坏，无法读取其 XML。请重新下载或导出。"
    ),
    "The file has no text. Choose a book with text.": "文件中没有文字。请选择有文字的图书。",
    "The book has {count:,} files; the limit is {most:,}. Export it again as a smaller book.": (
        "书中有 {count:,} 个文件，上限为 {most:,} 个。请重新导出较小的图书。"
    ),
    "The book is incomplete: {name!r} is missing. Download or export it again.": (
        "图书不完整，缺少 {name!r}。请重新下载或导出。"
    ),
    "The archive has a password. Unpack it and pack it again without one.": (
        "压缩包有密码。请解压后重新打包，不设密码。"
    ),
    "The book unpacks to more than {most} MB. Export it again without large files.": (
        "图书解压后超过 {most} MB。请去掉大文件后重新导出。"
    ),
    "The book is damaged: {name!r} can't be unpacked. Download it again.": (
        "图书已损坏，无法解压 {name!r}。请重新下载。"
    ),
    "The PDF has a password. Save a copy without one.": "PDF 有密码。请另存一份没有密码的副本。",
    "The PDF has {count:,} pages; the limit is {most:,}. Split it.": (
        "PDF 有 {count:,} 页，上限为 {most:,} 页。请拆分。"
    ),
    "The PDF has pictures of text instead of text. Run text recognition (OCR) on it first.": (
        "PDF 中只有文字的图片。请先进行文字识别（OCR）。"
    ),
    "The PDF is damaged and can't be read. Export or download it again.": "PDF 已损坏，无法读取。请重新导出或下载。",
    "The book has more than {most:,} characters. Split it.": "全书超过 {most:,} 个字符。请拆分。",
    # audiobooks
    "Send either a file (book) or a text.": "请发送文件（book）或文本，二者选一。",
    "There is no chapter {number}. Choose 1 to {count}, or 0 for all.": (
        "没有第 {number} 章。请选择 1 到 {count}，或用 0 表示全部。"
    ),
    "These chapters have {count:,} characters; a request may have {most:,}. Choose a shorter chapter, or narrate the "
    "book on the page.": (
        "这些章节有 {count:,} 个字符，一次请求上限为 {most:,} 个。请选择较短的章节，或在页面上朗读整本书。"
    ),
    "{kind!r} isn't a format. Choose one of: {choices}.": "{kind!r} 不是可用的格式。请从中选择：{choices}。",
    "about {hours:.1f} h": "约 {hours:.1f} 小时",
    "about {minutes:.0f} min": "约 {minutes:.0f} 分钟",
    "{minutes:.0f} min": "{minutes:.0f} 分钟",
    "chapters: {count}": "共 {count} 章",
    "Pasted text": "粘贴的文本",
    "Reading the book…": "正在读取图书……",
    "Cover": "封面",
    "There is no character to merge into. Choose one.": "没有要合并到的角色。请选择一个。",
    "The cast is used for the next narration.": "下次制作有声书时将使用该角色表。",
    "The file holds no clips, so {names} get other voices. Give them their clips again.": (
        "角色表文件不含录音，因此{names}将使用其他音色。请重新为其上传录音。"
    ),
    "This cast is for {title} in {language}. Narrate the book with that model, or choose another file.": (
        "该角色表适用于 {title}（{language}）。请用该模型制作有声书，或选择其他文件。"
    ),
    "The file is made: {count} of {total} chapters.": "文件已生成：{count} / {total} 章。",
    "The watermark was not found in all of it.": "并非每一处都找到了水印。",
    "The watermark was found in every 30 s of it.": "每 30 秒都找到了水印。",
    "Writing the file: {share:.0%}…": "正在生成文件：{share:.0%}……",
    "There is no text yet. Paste the text of a chapter or a story.": "还没有文本。请粘贴一章或一篇故事的文字。",
    "The text has {count:,} characters; at most {most:,} can be pasted. Save it as a file and choose that; files may "
    "have {limit:,}.": (
        "文本有 {count:,} 个字符，最多可粘贴 {most:,} 个。请存为文件后选择该文件，文件上限为 {limit:,} 个。"
    ),
    "There is no book yet. Choose a file, paste a text, or take the sample story.": (
        "还没有图书。请选择文件、粘贴文本，或使用示例故事。"
    ),
    "No chapter is chosen. Tick at least one.": "没有选中章节。请至少勾选一章。",
    "The file of the book was deleted after a while. Choose it again.": "图书文件已到期删除。请重新选择。",
    "The speaker was told by: {words}": "说话人的依据：{words}",
    "Everyone has a voice. Change what you like in the cast, then press Listen.": (
        "每个角色都有了音色。您可以在角色表中修改，然后点击“开始收听”。"
    ),
    "Narrating while this page is open. It uses your GPU quota, and stops when you close the page.": (
        "本页打开期间持续朗读，会使用您的 GPU 配额；关闭页面即停止。"
    ),
    "Narrating. It goes on when you close this page; the private link brings you back.": (
        "正在朗读。关闭本页后会继续，您可以通过私密链接回来。"
    ),
    "Paused. What is finished can be heard.": "已暂停。已完成的部分可以收听。",
    "Saved. Parts that are made again: {count}.": "已保存。将重新制作 {count} 个片段。",
    "Private link to this narration. Anyone who has it can listen, change and delete.": (
        "该有声书的私密链接。任何持有者都可以收听、修改和删除。"
    ),
    "Deleted, with all its sound.": "已删除，包括全部音频。",
    "The language of the book isn't known. Choose it in the options.": "无法判断这本书的语言。请在选项中选择。",
    "{engine} doesn't speak the language of the book ({language}). It would be read as English.": (
        "{engine} 不会说这本书的语言（{language}），将按英语朗读。"
    ),
    "This narration no longer exists: it was deleted, or has expired.": "该有声书已不存在：可能已被删除，或已过期。",
    "Saved. No part is made again.": "已保存，无需重新制作。",
    "Saved. Parts made again once you go on: {count}.": "已保存。继续制作后将重新制作 {count} 个片段。",
    "Finding out who speaks…": "正在判断说话人……",
    "This sound isn't made yet. Try again in a moment.": "这段声音尚未完成。请稍后再试。",
    "This file isn't made yet. Make it on the page.": "该文件尚未生成。请在页面上生成。",
    "{name!r} must be a number of 0 or more.": "{name!r} 必须是不小于 0 的数字。",
    # status lines
    "Transcribing…": "正在识别……",
    "Translations don't tell speakers apart. Transcribe the clip instead.": "翻译不支持区分说话人。请改用转写。",
    "Telling the speakers apart…": "正在区分说话人……",
    "The two channels hold different speakers. Each was transcribed by itself.": (
        "两个声道是不同的说话人，已分别识别。"
    ),
    "{value!r} isn't a number of speakers. Use {off}, {auto} or a number from 1 to {most}.": (
        "{value!r} 不是有效的说话人数。请使用 {off}、{auto} 或 1 到 {most} 的数字。"
    ),
    "Read as: {text}": "读作：{text}",
    "The file is larger than 1 MB. Import a table with one word per line.": (
        "文件超过 1 MB。请导入每行一个词的读音表。"
    ),
    "The file isn't text in UTF-8. Save the table as CSV in UTF-8.": (
        "该文件不是 UTF-8 文本。请将读音表另存为 UTF-8 编码的 CSV。"
    ),
    "These SSML tags have no effect: {tags}.": "以下 SSML 标签不起作用：{tags}。",
    "The pronunciation table is too long ({count} words; the limit is {most}). Shorten it.": (
        "读音表过长（{count} 个词，上限 {most} 个）。请删减。"
    ),
    "{line!r} isn't an entry of a pronunciation table. Write a word and how it is said on each line, such as: "
    "Nguyen = win, or: Nguyen = /wɪn/": (
        "{line!r} 不是读音表条目。请每行写一个词及其读法，例如：Nguyen = win，或 Nguyen = /wɪn/"
    ),
    "Stored result, made by {engines} on {date}. Run it to make a new one.": (
        "已存储的结果，由 {engines} 于 {date} 生成。点击运行即可生成新的结果。"
    ),
    "Thinking…": "正在思考……",
    "Loading {engine}…": "正在加载 {engine}……",
    "The hotwords are too long ({given:,} characters; {engine} accepts at most {most:,}). Remove some of them.": (
        "热词过长（{given:,} 个字符，{engine} 最多支持 {most:,} 个）。请删减热词。"
    ),
    "Downloading {engine}: {done:.0f} of {total:.0f} MB (first use only)…": (
        "正在下载 {engine}：{done:.0f} / {total:.0f} MB（仅首次使用需要）……"
    ),
    "{engine}, {size:.0f} MB to download": "{engine}，需下载 {size:.0f} MB",
    "{engine} isn't on this server yet. It is downloaded once, for all visitors.": (
        "此服务器上还没有 {engine}。只需下载一次，所有访客均可使用。"
    ),
    "Download {size:.1f} GB and use it": "下载 {size:.1f} GB 并使用",
    "Starting the download…": "正在开始下载……",
    "Downloading {engine}: {done:.0f} of {total:.0f} MB, {left}…": (
        "正在下载 {engine}：{done:.0f} / {total:.0f} MB，{left}……"
    ),
    "time left unknown": "剩余时间未知",
    "{status} ({left})": "{status}（{left}）",
    "about {seconds:.0f} s left": "约剩 {seconds:.0f} 秒",
    "about {minutes:.0f} min left": "约剩 {minutes:.0f} 分钟",
    "Stopped. What is downloaded so far is kept for the next time.": "已停止。已下载的部分会保留，下次继续。",
    "{count} visitors wait for downloads. Try again in a few minutes.": (
        "已有 {count} 位访客在等待下载。请过几分钟再试。"
    ),
    "not published on Hugging Face": "未在 Hugging Face 上发布",
    "Hugging Face can't be reached": "无法连接 Hugging Face",
    "the download from Hugging Face failed": "从 Hugging Face 下载失败",
    "not available as a package": "没有对应的软件包",
    "npm isn't installed; run `make install`": "未安装 npm；请运行 `make install`",
    "{package} couldn't be downloaded": "无法下载 {package}",
    "{package} isn't the published file": "{package} 不是已发布的文件",
    "the files couldn't be saved; see the log of the server": "无法保存文件；请查看服务器日志",
    "the files are damaged": "文件已损坏",
    "wrong hash of {files}": "{files} 的哈希值不符",
    "The files of {title} ({size:.0f} MB) couldn't be downloaded: {reasons}. Check the network and run "
    "`{command}`, or put them into a folder {name}/ and set FUNAUDIO_WEIGHTS_DIR to its parent.": (
        "无法下载 {title} 的文件（{size:.0f} MB）：{reasons}。请检查网络并运行 `{command}`，"
        "或将文件放入名为 {name}/ 的文件夹，并将 FUNAUDIO_WEIGHTS_DIR 设为其上级文件夹。"
    ),
    "{size:,} bytes, SHA-256 {hash}…": "{size:,} 字节，SHA-256 {hash}…",
    "about {size:.0f} MB; {name} must contain its SHA-256 from Hugging Face": (
        "约 {size:.0f} MB；{name} 须包含 Hugging Face 提供的 SHA-256"
    ),
    "{file} in the folder of FUNAUDIO_WEIGHTS_DIR is missing or isn't the published file ({known}). "
    "Replace it, or unset FUNAUDIO_WEIGHTS_DIR to download it.": (
        "FUNAUDIO_WEIGHTS_DIR 文件夹中的 {file} 缺失，或不是已发布的文件（{known}）。"
        "请替换该文件，或取消设置 FUNAUDIO_WEIGHTS_DIR 以下载。"
    ),
    "There is nothing to choose from. Give at least one choice.": "没有可选项。请至少提供一个选项。",
    "The list of files in the book has {size:,} MB; the limit is {most} MB. Export it again as a smaller book.": (
        "图书的文件列表有 {size:,} MB，上限为 {most} MB。请重新导出为较小的图书。"
    ),
    "Page {number} was left out: it is too complex, perhaps a drawing.": (
        "第 {number} 页过于复杂（可能是图形），已略去。"
    ),
    "{engine} couldn't be downloaded. Try again, or choose another model. ({reason})": (
        "无法下载 {engine}。请重试，或改选其他模型。（{reason}）"
    ),
    "{title} needs {required:.1f} GB on the disk of FUNAUDIO_HOME, which has {free:.1f} GB left. "
    "Make room there, or set FUNAUDIO_HOME to a folder on another disk.": (
        "{title} 需要 FUNAUDIO_HOME 所在磁盘有 {required:.1f} GB 空间，目前仅剩 {free:.1f} GB。"
        "请清理磁盘，或将 FUNAUDIO_HOME 设为其他磁盘上的文件夹。"
    ),
    "{engine} isn't on this machine yet ({size:.1f} GB to download). Choose it on the page and press Download, "
    "run `{command}`, or choose another model.": (
        "本机还没有 {engine}（需下载 {size:.1f} GB）。请在页面上选择它并点击“下载”，"
        "或运行 `{command}`，或改选其他模型。"
    ),
    "Gist only, with errors: {targets}": "仅能传达大意，且有错误：{targets}",
    "{engine} couldn't be started ({reason}). Choose another model.": (
        "无法启动 {engine}（{reason}）。请改选其他模型。"
    ),
    "{engine} stopped unexpectedly. Try again; if it happens again, choose another model.": (
        "{engine} 意外停止。请重试；若再次发生，请改选其他模型。"
    ),
    "{engine} failed ({reason}). Try again, or choose another model.": (
        "{engine} 出错（{reason}）。请重试，或改选其他模型。"
    ),
    "{engine} takes no grammar. Choose another chat model.": "{engine} 不支持语法约束。请改选其他对话模型。",
    "The chat model can't keep to this form: {reason}": "对话模型无法遵循这种格式：{reason}",
    "The answer of the chat model was cut off after {count} tokens. Shorten the text and try again.": (
        "对话模型的回答在 {count} 个词元后被截断。请缩短文本后重试。"
    ),
    "from voice": "语音情绪",
    "Speaking…": "正在朗读……",
    "Translating…": "正在翻译……",
    "Stopping…": "正在停止……",
    "Stopped.": "已停止。",
    "Interrupted.": "已打断。",
    "Transcribed {heard:.0f} of {seconds:.0f} s…": "已识别 {heard:.0f} / {seconds:.0f} 秒……",
    "Part {part} of {parts}: transcribed {heard:.0f} of {seconds:.0f} s…": (
        "第 {part} 段，共 {parts} 段：已识别 {heard:.0f} / {seconds:.0f} 秒……"
    ),
    "Transcribed {done} of {parts} parts.": "已识别 {done} 段，共 {parts} 段。",
    "Your {length} clip is fully transcribed. Press Continue to see it.": (
        "您的 {length}音频已全部识别。点击“继续”即可查看。"
    ),
    "Your {length} clip is partly transcribed: {done} of {parts} parts are done.": (
        "您的 {length}音频尚未识别完：已完成 {done} 段，共 {parts} 段。"
    ),
    "transcribed by {engine}": "由 {engine} 识别",
    "Transcribing the reference…": "正在识别参考音频……",
    "Checking the reference…": "正在检查参考音频……",
    "Interpreting the instruction…": "正在解析指令……",
    "Generating speech with {engine}…": "{engine} 正在合成……",
    "Generating speech: {seconds:.1f} s so far…": "正在合成：已生成 {seconds:.1f} 秒……",
    "Running the self-check…": "正在自检……",
    "Self-check failed. Trying again ({number} of {tries})…": "自检未通过，正在重试（第 {number} 次，共 {tries} 次）……",
    "Attempt {number} of {tries}: {seconds:.1f} s generated…": (
        "第 {number} 次，共 {tries} 次：已生成 {seconds:.1f} 秒……"
    ),
    "Generating the neutral version for comparison…": "正在生成用于对比的中性版本……",
    "Speaking the edited translation…": "正在朗读修改后的译文……",
    "Generated by {engine}.": "由 {engine} 合成。",
    "Done in {seconds:.1f} s. Generated by {engine}.": "完成，用时 {seconds:.1f} 秒；由 {engine} 合成。",
    "first audio after {seconds:.1f} s": "首包延迟 {seconds:.1f} 秒",
    "{first_sound}, {seconds:.1f} s in total; generated by {engine}": (
        "{first_sound}，总用时 {seconds:.1f} 秒；由 {engine} 合成"
    ),
    "translated to English for the model": "经英语理解",
    "Error": "出错了",
    "Warning": "请注意",
    # tables and drawings
    "Start": "开始",
    "End": "结束",
    "Language": "语言",
    "Speaker": "说话人",
    "Name": "名称",
    "Speaker {number}": "说话人 {number}",
    "1 speaker": "1 位说话人",
    "{count} speakers": "{count} 位说话人",
    "Emotion": "情绪",
    "Text": "文本",
    "Timeline of speech, emotion and sound events": "语音、情绪与声音事件的时间线",
    "{start:.1f}–{end:.1f} s": "{start:.1f}–{end:.1f} 秒",
    "{emotion} {confidence:.0%} ({basis})": "{emotion} {confidence:.0%}（{basis}）",
    "words": "依据文字",
    "tags": "依据模型标签",
    "words + prosody": "依据文字和韵律",
    "no word list for {language}": "没有{language}词表，无依据",
    "original": "原文",
    "translation": "译文",
    "Word error rate": "词错误率",
    "Character error rate": "字错误率",
    "recognized as: {heard}": "重新识别为：{heard}",
    "not checked: no recognition model is available for this language": "没有可用的识别模型支持该语言，未做检查",
    "(nothing)": "（无内容）",
    "Similarity": "相似度",
    "voice compared with the reference": "与参考音频的音色相比",
    "First audio": "首包延迟",
    "time to the first sentence, not counting the reference check": "从提交到首句的时间，不含参考音频检查",
    "Real-time factor": "实时率",
    "below 1 is faster than real time": "小于 1 即快于实时",
    "Self-check: ✓ passed": "自检：✓ 通过",
    "Self-check: – words not verified": "自检：– 未核对文字",
    "Self-check: ⚠ failed; rephrase the text or use a cleaner clip": "自检：⚠ 未通过，请调整文本或换用更清晰的音频",
    "Neutral version": "中性版本",
    "With instruction": "按指令",
    "Pitch (median F0)": "音高（基频中位数）",
    "Intonation (F0 spread)": "语调起伏（基频离散度）",
    "Volume": "音量",
    "Speaking rate": "语速",
    "Voiced frames": "浊音帧",
    "semitones": "半音",
    "onsets/s": "音节/秒",
    "fraction": "占比",
    "{seconds:.1f} s": "{seconds:.1f} 秒",
    "{seconds:.2f} s": "{seconds:.2f} 秒",
    "{seconds:.1f} s used": "使用 {seconds:.1f} 秒",
    "{count:g} s": "{count:g} 秒",
    "{count} min": "{count} 分钟",
    "{count} h": "{count} 小时",
    "{first} {then}": "{first}{then}",
    "from {source} to {target}": "从{source}到{target}",
    # models and voices
    "lite": "轻量版",
    "full": "完整版",
    "remote": "远程",
    "Text emotion (prosody-assisted)": "文字情绪（韵律为辅）",
    "GE2E speaker encoder": "GE2E 说话人编码器",
    "{engine} ({tier})": "{engine}（{tier}）",
    "{name} ({origin}, {sex})": "{name}（{origin}，{sex}）",
    "American": "美式",
    "British": "英式",
    "Mandarin": "普通话",
    "Brazilian": "巴西",
    "{language}, {emotion} (example clip)": "{language}，{emotion}（示例音频）",
    "Your own clip…": "您自己的音频……",
    "female": "女声",
    "male": "男声",
    # instructions: what was understood
    "speed ×{factor}": "语速 ×{factor}",
    "pitch {semitones} semitones": "音高 {semitones} 半音",
    "intonation ×{factor:.2f}": "语调起伏 ×{factor:.2f}",
    "volume {decibels} dB": "音量 {decibels} dB",
    "pauses ×{factor:.1f}": "停顿 ×{factor:.1f}",
    "trembling voice": "声音颤抖",
    "whispered": "耳语",
    "emotion: {emotion}": "情绪：{emotion}",
    "extremely {wish}": "极其{wish}",
    "very {wish}": "非常{wish}",
    "slightly {wish}": "略微{wish}",
    "not {wish}": "不要{wish}",
    "slow": "慢",
    "fast": "快",
    "high": "高音调",
    "low": "低音调",
    "loud": "大声",
    "soft": "轻声",
    "gentle": "温柔",
    "monotone": "单调",
    "lively": "生动",
    "long pauses": "长停顿",
    "short pauses": "短停顿",
    "whisper": "耳语",
    "excited": "兴奋",
    "calm": "平静",
    "tired": "疲惫",
    "serious": "严肃",
    "like a newsreader": "播音腔",
    "Laughter requires the full tier": "笑声需要完整版模型",
    "Dialects and accents require the full tier": "方言和口音需要完整版模型",
    "Singing isn't supported": "不支持唱歌",
    "Age and gender depend on the voice; choose another voice": "年龄和性别取决于音色，请换一个音色",
    "Role play requires the full tier": "角色扮演需要完整版模型",
    "Coughs and similar sounds require the full tier": "咳嗽等声音需要完整版模型",
    "Instruction sent to {engine}: “{words}”": "发送给 {engine} 的指令：“{words}”",
    "No instruction sent to {engine}: the voice speaks as in its reference clip.": (
        "未向 {engine} 发送指令：将沿用参考音频中的说话方式。"
    ),
    "very happy": "非常开心",
    "very sad": "非常伤心",
    "very angry": "非常生气",
    "as slowly as possible": "尽可能慢",
    "as fast as possible": "尽可能快",
    "as loudly as possible": "尽可能大声",
    "in a very soft voice": "非常轻柔",
    "like a robot": "机器人",
    "like Peppa Pig": "小猪佩奇",
    "Sichuan dialect": "四川话",
    "Northeastern dialect": "东北话",
    "Shanghai dialect": "上海话",
    "Southern Min": "闽南话",
    "Henan dialect": "河南话",
    "Shaanxi dialect": "陕西话",
    "Shandong dialect": "山东话",
    "Tianjin dialect": "天津话",
    "Hunan dialect": "湖南话",
    "Hubei dialect": "湖北话",
    "Jiangxi dialect": "江西话",
    "Guizhou dialect": "贵州话",
    "Yunnan dialect": "云南话",
    "Shanxi dialect": "山西话",
    "Gansu dialect": "甘肃话",
    "Ningxia dialect": "宁夏话",
    "Wuhan dialect": "武汉话",
    "No instruction recognized, so the text is spoken normally. Try one of the suggestions.": (
        "未识别到指令，将按原样朗读文本。可从常用指令中选择。"
    ),
    "Not recognized: {words}": "未识别：{words}",
    # the prompt doctor
    "Good reference: clear, one speaker, long enough.": "参考音频良好：清晰、单人、时长足够。",
    "The clip is silent. Check the microphone, or upload another clip.": "音频没有声音。请检查麦克风，或上传其他音频。",
    "The clip contains music. Use a clip with only the voice.": "音频中有音乐。请使用只有人声的音频。",
    "Silence was trimmed: {before:.1f} s at the start, {after:.1f} s at the end.": (
        "已裁掉首尾静音（开头 {before:.1f} 秒，结尾 {after:.1f} 秒）。"
    ),
    "Only the first {cut:.1f} of {seconds:.0f} s are used, cut at a pause.": (
        "音频全长 {seconds:.0f} 秒，仅使用前 {cut:.1f} 秒（在停顿处截断）。"
    ),
    "The clip has only {seconds:.1f} s of speech. Record at least {least:.0f} s; "
    "{low:.0f} to {high:.0f} s work best.": (
        "语音只有 {seconds:.1f} 秒。请录制至少 {least:.0f} 秒，以 {low:.0f} 到 {high:.0f} 秒为佳。"
    ),
    "The clip is short ({seconds:.1f} s). Use {enough:.0f} s or more for a closer match.": (
        "音频偏短（{seconds:.1f} 秒）。{enough:.0f} 秒以上时音色会更接近。"
    ),
    "{share:.1%} of the samples are clipped. Lower the recording gain.": "有 {share:.1%} 的采样削波。请降低录音增益。",
    "Speech is only {level:.0f} dB above the noise. Record in a quiet room, closer to the microphone.": (
        "语音仅高出噪声 {level:.0f} dB。请在安静的房间里靠近麦克风录制。"
    ),
    "The clip is noisy (speech is {level:.0f} dB above the noise). Record in a quieter room.": (
        "音频噪声较大（语音高出噪声 {level:.0f} dB）。请在更安静的房间录制。"
    ),
    "The speech is quiet ({level:.0f} dB). Record closer to the microphone.": (
        "语音太轻（{level:.0f} dB）。请靠近麦克风录制。"
    ),
    "The audio is limited to {band:.1f} kHz, like a phone call. Use a full-bandwidth recording.": (
        "音频频带只到 {band:.1f} kHz，类似电话录音。请使用全频带录音。"
    ),
    "{share:.0%} of the clip is silence. Trim the pauses or record continuous speech.": (
        "音频有 {share:.0%} 是静音。请剪掉停顿，或连续说话。"
    ),
    "No speech detected in the clip. Use a clip with clear speech.": "音频中未检测到语音。请使用语音清晰的音频。",
    "The transcript contains no words, so the recognized text is used instead.": (
        "填写的文本中没有词语，已改用识别结果。"
    ),
    "The transcript doesn't match the clip ({rate:.0%} differs). Recognized: “{heard}”. Correct or clear it.": (
        "文本与音频不符（相差 {rate:.0%}），识别结果为“{heard}”。请改正或清空文本。"
    ),
    "The clip seems to contain two speakers (similarity {alike:.2f}). Use a clip with one speaker.": (
        "音频前后两半似乎不是同一人（相似度 {alike:.2f}）。请使用单人音频。"
    ),
    # sound files
    "a clip": "音频",
    "a reference clip": "参考音频",
    "a recording to convert": "待转换的录音",
    "No audio yet. Upload or record {what}, or click an example.": "还没有音频。请上传或录制{what}，或点击示例。",
    "No reference clip yet. Upload or record 3 to 30 s of one speaker, or click an example.": (
        "还没有参考音频。请上传或录制 3 到 30 秒的单人语音，或点击示例。"
    ),
    "Export the clip again, for example as 16-bit WAV or MP3.": "请重新导出音频，例如 16 位 WAV 或 MP3。",
    "{file} is longer than {limit}. Cut it into shorter clips.": "{file} 超过 {limit}。请剪成较短的音频。",
    "{file} is too short ({seconds:.2f} s). Use a clip of at least {least:g} s.": (
        "{file} 太短（{seconds:.2f} 秒）。请使用至少 {least:g} 秒的音频。"
    ),
    "File {file} not found. Upload or record the clip again.": "找不到文件 {file}。请重新上传或录制。",
    "{file} is empty (0 bytes). Upload or record the clip again.": "{file} 是空文件（0 字节）。请重新上传或录制。",
    "{file} isn't a readable audio file, or it is damaged. {remedy}": "{file} 不是可读取的音频文件，或已损坏。{remedy}",
    "{file} has no audio track. Choose a file with sound.": "{file} 没有音轨。请选择有声音的文件。",
    "{file} is damaged after {seconds:.1f} s and can't be decoded. {remedy}": (
        "{file} 在 {seconds:.1f} 秒后损坏，无法解码。{remedy}"
    ),
    # notes on what was mended or ignored
    "The file has {tracks} sound tracks. The first was used.": "文件有 {tracks} 条音轨，已使用第一条。",
    "The file has {tracks} sound tracks, and the first is silent or quiet. Track {track} was used.": (
        "文件有 {tracks} 条音轨，第一条无声或太轻，已使用第 {track} 条。"
    ),
    "One channel is inverted. Only the louder one was used.": "两个声道反相，仅使用了较响的声道。",
    "The sample rate changes after {seconds:.1f} s.": "采样率在 {seconds:.1f} 秒后改变。",
    "The file is damaged after {seconds:.1f} s. What follows was read.": (
        "文件在 {seconds:.1f} 秒处损坏，其后的内容已读取。"
    ),
    "The file breaks off after {seconds:.1f} s.": "文件在 {seconds:.1f} 秒后中断。",
    "The file is unfinished: it has {actual:,} of {declared:,} bytes. The {seconds:.1f} s in it were read.": (
        "文件不完整：应有 {declared:,} 字节，实际只有 {actual:,} 字节，已读取其中的 {seconds:.1f} 秒。"
    ),
    "The file holds {actual:.1f} s of sound, not {declared:.1f} s: it has no index, or its end is missing.": (
        "文件实际有 {actual:.1f} 秒声音，而非标称的 {declared:.1f} 秒：没有索引，或缺少结尾。"
    ),
    "The clip is very quiet ({level:.0f} dB). It was raised by {gain:.0f} dB.": (
        "音频音量很低（{level:.0f} dB），已提高 {gain:.0f} dB。"
    ),
    "Speech from {start:.1f} to {end:.1f} s was not understood and is left out.": (
        "{start:.1f} 到 {end:.1f} 秒的语音未能识别，已略去。"
    ),
    "{file} contains no audio that can be decoded. {remedy}": "{file} 中没有可解码的声音。{remedy}",
    "The clip is empty. Record or upload at least one second of audio.": "音频是空的。请录制或上传至少一秒的声音。",
    "The clip contains no samples. Record a longer clip.": "音频中没有采样。请录制更长的音频。",
    "The clip contains invalid samples. Export it again, for example as 16-bit WAV.": (
        "音频中有无效的采样值。请重新导出，例如 16 位 WAV。"
    ),
    "Sample values reach {top:.3g}; float samples must be within [-1, 1]. {remedy}": (
        "采样值达到 {top:.3g}，浮点采样必须在 [-1, 1] 之间。{remedy}"
    ),
    "A sample rate of {rate} Hz isn't supported. Use {low} to {high} Hz.": (
        "不支持 {rate} Hz 的采样率。请使用 {low} 到 {high} Hz。"
    ),
    "The sample rate of the stream changed from {before} to {now} Hz. Start it again.": (
        "音频流的采样率由 {before} Hz 变为 {now} Hz。请重新开始。"
    ),
    "Audio must be mono float32; got shape {shape}, {type}. Convert it with audio.from_array().": (
        "音频必须是单声道 float32，得到的是形状 {shape}、类型 {type}。请用 audio.from_array() 转换。"
    ),
    "An array of shape {shape} has too many channels. Pass (samples, channels).": (
        "形状为 {shape} 的数组声道过多。应为 (samples, channels)。"
    ),
    "An array of shape {shape} isn't audio. Pass (samples,) or (samples, channels).": (
        "形状为 {shape} 的数组不是音频。应为 (samples,) 或 (samples, channels)。"
    ),
    "Samples of type {type} aren't supported. Use uint8, int16, int32 or float.": (
        "不支持类型为 {type} 的采样。请使用 uint8、int16、int32 或浮点数。"
    ),
    "There is nothing to join. Pass at least one audio clip.": "没有可拼接的内容。请至少提供一段音频。",
    "Clips at {rates} Hz can't be joined. Resample them to one rate first.": (
        "采样率为 {rates} Hz 的片段无法拼接。请先统一采样率。"
    ),
    "{pieces} clips need {joins} gaps between them, but {gaps} were given.": (
        "{pieces} 个片段之间需要 {joins} 个间隔，实际给出 {gaps} 个。"
    ),
    "The clip ({seconds:.1f} s) is silent. Check the microphone and record again.": (
        "音频（{seconds:.1f} 秒）没有声音。请检查麦克风后重新录制。"
    ),
    "The clip is too short to measure pitch ({seconds:.2f} s). Record at least {least} s.": (
        "音频太短（{seconds:.2f} 秒），无法测量音高。请录制至少 {least} 秒。"
    ),
    # hearing
    "No speech detected. Upload a clip that contains speech.": "未检测到语音。请上传有人说话的音频。",
    "No speech detected. The timeline shows the other sounds; try a clip that contains speech.": (
        "未检测到语音。时间线显示了其他声音；请换一段有人说话的音频。"
    ),
    "No speech detected in the clip ({seconds:.1f} s). Speak closer to the microphone.": (
        "音频（{seconds:.1f} 秒）中未检测到语音。请靠近麦克风说话。"
    ),
    "No speech detected, so the language can't be identified. Record a spoken sentence.": (
        "未检测到语音，无法判断语种。请录制一句话。"
    ),
    "The clip ({seconds:.1f} s) contains only {speech:.1f} s of speech; "
    "a voice needs at least {least} s, ideally 5 to 15 s. Record a longer clip, closer to the microphone.": (
        "音频（{seconds:.1f} 秒）中只有 {speech:.1f} 秒语音；提取音色至少需要 {least} 秒，最好 5 到 15 秒。"
        "请靠近麦克风录制更长的音频。"
    ),
    "The clip contains no voiced speech, so its pitch can't be measured. "
    "Record a sentence in a normal voice, without whispering.": (
        "音频中没有浊音，无法测量音高。请用正常声音（不要耳语）录制一句话。"
    ),
    "Live captions can't keep up: {seconds:.0f} s of audio are still waiting. "
    "Stop the microphone and try again when the server is less busy, or record a clip and use the File tab.": (
        "实时字幕跟不上：还有 {seconds:.0f} 秒音频未识别。请关闭麦克风，等服务器空闲些再试，"
        "或录成音频后在“音频文件”页识别。"
    ),
    "The {language} in the clip couldn't be translated into English. Speak more slowly and try again.": (
        "音频中的{language}无法译成英语。请放慢语速再试一次。"
    ),
    "A window of {window:g} s with a hop of {hop:g} s isn't supported. "
    "Use a window of {low:g} to {high:g} s and a hop no longer than the window.": (
        "不支持窗长 {window:g} 秒、步长 {hop:g} 秒。窗长应为 {low:g} 到 {high:g} 秒，步长不超过窗长。"
    ),
    "The error rate needs a reference text with words; got {text!r}. Enter the expected text.": (
        "计算错误率需要含有词语的参考文本，得到的是 {text!r}。请输入预期的文本。"
    ),
    "The real-time factor needs audio; got {seconds:g} s. Use a clip that contains sound.": (
        "计算实时率需要音频，得到的是 {seconds:g} 秒。请提供有声音的音频。"
    ),
    # speaking
    "There is no text to speak. Enter some text first.": "没有要朗读的文本。请先输入文本。",
    "The text contains only symbols and can't be spoken. Add some words.": "文本中只有符号，无法朗读。请加入文字。",
    "The text contains only symbols and tags and can't be spoken. Add some words.": (
        "文本中只有符号和标签，无法朗读。请加入文字。"
    ),
    "The text is too long ({count:,} characters; the limit is {most:,}). Shorten or split it.": (
        "文本过长（{count:,} 个字符，上限为 {most:,} 个）。请缩短或分段。"
    ),
    "The instruction is too long ({count:,} characters; the limit is {most}). Shorten it.": (
        "指令过长（{count:,} 个字符，上限为 {most} 个）。请缩短。"
    ),
    "No speech was generated. Add some words to the text.": "没有合成任何语音。请在文本中加入文字。",
    "The text can't be spoken in {language}. Choose the language it is written in.": (
        "该文本无法用{language}朗读。请选择文本所用的语言。"
    ),
    "A speed of {speed:g} isn't supported. Use {low:g} to {high:g}.": (
        "不支持 {speed:g} 的语速。请使用 {low:g} 到 {high:g}。"
    ),
    "{who} doesn't support {language}. Choose one of: {choices}.": "{who} 不支持{language}。请从中选择：{choices}。",
    "Unknown language code {code!r}. Choose one of: {choices}.": "未知的语言代码 {code!r}。请从中选择：{choices}。",
    "The text looks like {guess}, but {chosen} is selected, so it would be mispronounced. "
    "Select {better} or change the text.": (
        "文本看起来是{guess}，但选择了{chosen}，发音会不正确。请选择{better}或修改文本。"
    ),
    "Consent is required. Tick the box to confirm that the voice is yours or that you have the speaker's "
    "permission.": "需要授权确认。请勾选“这是我本人的声音，或我已获得说话人的授权”。",
    "The voice {name!r} needs either a preset or a reference clip, not both or neither.": (
        "音色 {name!r} 必须且只能指定预设音色或参考音频之一。"
    ),
    "{engine} has no voice called {name!r}. Choose one of: {choices}.": (
        "{engine} 没有名为 {name!r} 的音色。请从中选择：{choices}。"
    ),
    "{engine} has no voice called {name!r}. Choose one from the list.": (
        "{engine} 没有名为 {name!r} 的音色。请从列表中选择。"
    ),
    "Kokoro has no voice called {name!r}. Choose one of its presets, such as 'af_heart'.": (
        "Kokoro 没有名为 {name!r} 的音色。请选择它的预设音色，例如 'af_heart'。"
    ),
    "Kokoro accepts 1 to {most} phonemes at a time; got {count}. Split the text.": (
        "Kokoro 一次支持 1 到 {most} 个音素，得到 {count} 个。请把文本分段。"
    ),
    "The lite tier doesn't support {tag}. Choose the full tier (CosyVoice), or use one of {tags}.": (
        "轻量版不支持 {tag}。请选择完整版（CosyVoice），或使用 {tags}。"
    ),
    "{tag} has no matching opening tag. Remove it, or add [whisper] before it.": (
        "{tag} 没有对应的开始标签。请删除它，或在前面加上 [whisper]。"
    ),
    "Unknown model {name!r}. Choose one of: {choices}.": "没有名为 {name!r} 的模型。请从中选择：{choices}。",
    "{engine} doesn't support {capability!r}; it supports: {have}. Choose another model or tier.": (
        "{engine} 不支持 {capability!r}，仅支持：{have}。请换用其他模型或版本。"
    ),
    "basic use only": "基本功能",
    # saved voices
    "The voice has no name. Enter one before saving it.": "音色尚未命名。请先输入名称再保存。",
    "You already have {most} saved voices, the maximum. Delete one first.": (
        "您已保存 {most} 个音色，已达上限。请先删除一个。"
    ),
    "{name} is a preset voice; only voices made from a clip can be saved.": (
        "{name} 是预设音色，只能保存由音频生成的音色。"
    ),
    "A saved voice can contain up to {most:.0f} s of audio; this one contains {seconds:.0f} s.": (
        "音色文件最多包含 {most:.0f} 秒音频，该文件有 {seconds:.0f} 秒。"
    ),
    "The file is too large ({size:.0f} MB). A saved voice can have at most {most} MB.": (
        "文件过大（{size:.0f} MB）。音色文件不能超过 {most} MB。"
    ),
    "This isn't a voice file saved by this app. To clone another clip, upload it as the reference.": (
        "这不是由本应用保存的音色文件。如需复刻其他音频，请把它作为参考音频上传。"
    ),
    "The voice file is incomplete. Download it again from where it was saved.": "音色文件不完整。请从保存处重新下载。",
    "The voice file is damaged. Download it again from where it was saved.": "音色文件已损坏。请从保存处重新下载。",
    "The voice file was saved by another version of this app. Save the voice again from its clip.": (
        "音色文件由本应用的其他版本保存。请用原音频重新保存音色。"
    ),
    "The voice file is missing its name, language or transcript. Save the voice again from its clip.": (
        "音色文件缺少名称、语言或文本。请用原音频重新保存音色。"
    ),
    "The voice file was modified by another program. Save the voice again from its clip.": (
        "音色文件已被其他程序修改。请用原音频重新保存音色。"
    ),
    # translating
    "Translating while transcribing…": "正在边识别边翻译……",
    "{chatbot} and {engine} have no language in common. Choose another chat or speech model.": (
        "{chatbot} 与 {engine} 没有共同支持的语言。请更换其中一个模型。"
    ),
    "No translation yet. Translate a clip first, then edit the text and speak it again.": (
        "还没有译文。请先翻译一段音频，再修改译文并重新朗读。"
    ),
    "Nothing was translated. Use a clip with clear speech.": "没有译出任何内容。请使用语音清晰的音频。",
    "The clip is already in {language}. Choose another target language.": (
        "音频本来就是{language}。请选择其他目标语言。"
    ),
    "No voice supports {language}. Choose another language.": "没有支持{language}的音色。请选择其他语言。",
    "Not available from {source}: {targets}": "不支持从{source}翻译成：{targets}",
    "Translation from {language} isn't supported. Choose another language.": "不支持翻译{language}。请选择其他语言。",
    "Translation from {source} to {target} isn't supported.": "不支持从{source}到{target}的翻译。",
    "{engine} doesn't recognize {language}.": "{engine} 不支持识别{language}。",
    "{engine} doesn't recognize {language}. Recognition models that do: {able}.": (
        "{engine} 不支持识别{language}。支持该语言的识别模型：{able}。"
    ),
    "{engine} can't detect the spoken language. Choose the language, or another model.": (
        "{engine} 不支持自动检测语种。请选择语言，或换用其他模型。"
    ),
    "Recognizing {language} requires {engine} ({size:.0f} MB to download). "
    "Select it as the recognition model to download it.": (
        "识别{language}需要先下载 {engine}（{size:.0f} MB）。请选择它作为识别模型以开始下载。"
    ),
    "{engine} doesn't speak {language}.": "{engine} 不支持合成{language}。",
    "Translation {wanted} isn't available. Install Apertium: apt install {packages}": (
        "暂不支持{wanted}的翻译。请安装 Apertium：apt install {packages}"
    ),
    "The Apertium language pair {wanted} isn't installed. Install it: apt install {packages}": (
        "未安装 Apertium {wanted}的语言对。请安装：apt install {packages}"
    ),
    "Apertium doesn't translate {wanted}; it supports {known}. Use the full or remote tier.": (
        "Apertium 不支持{wanted}的翻译，目前支持：{known}。请使用完整版或远程模型。"
    ),
    "Apertium took longer than {patience} seconds. Shorten the text.": "Apertium 用时超过 {patience} 秒。请缩短文本。",
    "Apertium failed ({said}). Reinstall its language pairs: apt install --reinstall {command}": (
        "Apertium 出错（{said}）。请重新安装语言对：apt install --reinstall {command}"
    ),
    "Apertium ({mode}) returned {given} sentences instead of {wanted}. Rephrase the text.": (
        "Apertium（{mode}）返回了 {given} 句，应为 {wanted} 句。请换一种说法。"
    ),
    # conversation
    "The persona is too long ({count} characters; the limit is {most}). Shorten it.": (
        "人设过长（{count} 个字符，上限为 {most} 个）。请缩短。"
    ),
    "The model gave no reply. Rephrase your message.": "模型没有回复。请换一种说法。",
    "There is nothing to reply to: the last turn must come from the user.": "没有可回复的内容：最后一轮必须来自用户。",
    "The reply contains nothing that can be spoken: {reply!r}. Rephrase your message.": (
        "回复中没有可朗读的内容：{reply!r}。请换一种说法。"
    ),
    "You spoke {heard}, but this conversation is in {wanted}. "
    "Speak that language, or choose a chat model that supports yours.": (
        "识别到的是{heard}，而这次对话使用{wanted}。请说该语言，或选择支持您的语言的对话模型。"
    ),
    "SmolLM2-135M replies in English only, not in {language}. "
    "Set the reply language to English, or use a larger model (full or remote tier).": (
        "SmolLM2-135M 只支持英语回复，不支持{language}。请把回复语言设为英语，或使用更大的模型（完整版或远程）。"
    ),
    # podcast
    "The text is too short for {minutes:g} minutes: it has {count:,} words, enough for about {most:g}. Ask "
    "for a shorter show or add text.": (
        "文本太短，不足以做成 {minutes:g} 分钟的节目：共 {count:,} 字（词），约够 {most:g} 分钟。请缩短节目或增加文本。"
    ),
    "Shows are arranged from English and Chinese texts. Choose one of these, or write a script.": (
        "节目只能由英文或中文文本编排。请选择这两种语言的文本，或自行撰写脚本。"
    ),
    "There is no form called {form!r}. Choose one of: {choices}.": (
        "没有名为 {form!r} 的节目形式。请从中选择：{choices}。"
    ),
    "A show has 1 to {most} hosts with different names. Correct the names.": (
        "节目需要 1 到 {most} 位名字不同的主持人。请修改名字。"
    ),
    "A show of {minutes:g} minutes can't be arranged. Choose {low:g} to {high:g}.": (
        "无法编排 {minutes:g} 分钟的节目。请选择 {low:g} 到 {high:g} 分钟。"
    ),
    "Line {line}: the subtitle has no times. Write 00:00:01,000 --> 00:00:02,000.": (
        "第 {line} 行：字幕没有时间。请写成 00:00:01,000 --> 00:00:02,000。"
    ),
    "Line {line}: the times can't be read: {text!r}. Write 00:00:01,000 --> 00:00:02,000.": (
        "第 {line} 行：无法识别时间 {text!r}。请写成 00:00:01,000 --> 00:00:02,000。"
    ),
    "Line {line}: the subtitle ends before it starts. Correct the times.": (
        "第 {line} 行：字幕的结束时间早于开始时间。请修改时间。"
    ),
    "Line {line}: the subtitle has no words. Add them or delete it.": (
        "第 {line} 行：字幕没有文字。请补充文字或删除该条。"
    ),
    "Line {line} has a damaged voice tag: {text!r}. Write <v Name>.": (
        "第 {line} 行的说话人标签不完整：{text!r}。请写成 <v 姓名>。"
    ),
    "Line {line} has no speaker: {text!r}. Begin it with a name and a colon.": (
        "第 {line} 行没有说话人：{text!r}。请以姓名和冒号开头。"
    ),
    "The script has no lines. Write each as “Name: text”.": "脚本中没有台词。请把每句写成“姓名：文本”。",
    "The script has {count:,} lines; the limit is {most:,}. Divide it into episodes.": (
        "脚本有 {count:,} 行，上限为 {most:,} 行。请分成多集。"
    ),
    "The script has {count} speakers ({names}, …); the limit is {most}. Check the lines with a colon.": (
        "脚本有 {count} 位说话人（{names} 等），上限为 {most} 位。请检查带冒号的行。"
    ),
    "Line {line} has nothing to speak: {text!r}. Add words or delete it.": (
        "第 {line} 行没有可朗读的内容：{text!r}。请补充文字或删除该行。"
    ),
    "Line {line} has {count:,} characters; the limit is {most:,}. Divide it.": (
        "第 {line} 行有 {count:,} 个字符，上限为 {most:,} 个。请拆分。"
    ),
    "Line {line} has no usable speaker: {name!r}. A name has 1 to {most} characters.": (
        "第 {line} 行的说话人不可用：{name!r}。姓名应为 1 到 {most} 个字符。"
    ),
    "Line {line} has a damaged tag: {text!r}. Write [S1] or [S2].": (
        "第 {line} 行的标签不完整：{text!r}。请写成 [S1] 或 [S2]。"
    ),
    "The script has {count:,} characters; the limit is {most:,}. Divide it into episodes.": (
        "脚本有 {count:,} 个字符，上限为 {most:,} 个。请分成多集。"
    ),
    "Line {line} holds binary data. Choose a text file.": "第 {line} 行含有二进制数据。请选择文本文件。",
    "The script is empty. Write each line as “Name: text”.": "脚本是空的。请把每句写成“姓名：文本”。",
    "Line {line} names {name}, but no words follow. Write them on the next line.": (
        "第 {line} 行写了 {name}，但后面没有台词。请把台词写在下一行。"
    ),
    "Line {line} opens <{open}>, which is never closed. Add </{open}>.": (
        "第 {line} 行的 <{open}> 没有结束标签。请补上 </{open}>。"
    ),
    "Line {line} is outside the tags: {text!r}. Put it between <Person1> and </Person1>.": (
        "第 {line} 行在标签之外：{text!r}。请放在 <Person1> 和 </Person1> 之间。"
    ),
    "Line 1: the JSON is no list and no object. Begin it with a bracket or a brace.": (
        "第 1 行：JSON 既不是列表也不是对象。请以方括号或花括号开头。"
    ),
    "Line 1: the JSON holds no lines. Add entries with “speaker” and “text”.": (
        "第 1 行：JSON 中没有台词。请添加带有“speaker”和“text”的条目。"
    ),
    "Line {line}: the entry is no object. Write {form}.": "第 {line} 行：条目不是对象。请写成 {form}。",
    "Line {line}: the entry has no speaker. Add “speaker”.": "第 {line} 行：条目没有说话人。请添加“speaker”。",
    "Line {line}: the entry has no text. Add “text” with words in quotes.": (
        "第 {line} 行：条目没有文本。请添加“text”，文字放在引号中。"
    ),
    "Line {line} has a tag without “>”: {tag}. Close it.": "第 {line} 行的标签缺少“>”：{tag}。请补全。",
    "Line {line} isn't valid JSON. Check quotes, commas and brackets there.": (
        "第 {line} 行不是有效的 JSON。请检查该处的引号、逗号和括号。"
    ),
    "Line 1: the JSON has no list called {names}. Add one of them.": (
        "第 1 行：JSON 中没有名为 {names} 的列表。请添加其中之一。"
    ),
    "Line {line} closes {tag}, which isn't open. Check the tags before it.": (
        "第 {line} 行结束了未打开的标签 {tag}。请检查前面的标签。"
    ),
    "Line {line} opens {tag} inside <{open}>. Close that first.": (
        "第 {line} 行在 <{open}> 中打开了 {tag}。请先结束前者。"
    ),
    "There is no text to make a show of. Paste a text or choose a file.": (
        "没有可以做成节目的文本。请粘贴文本或选择文件。"
    ),
    "There are no sentences in the text. Paste some, or choose another file.": (
        "文本中没有句子。请粘贴文本或选择其他文件。"
    ),
    "{names} has no voice. Choose one for each host.": "{names} 没有音色。请为每位主持人选择音色。",
    "Nothing was spoken yet. Play the show first.": "还没有生成任何语音。请先播放节目。",
    "There is no music called {style!r}. Choose one of: {choices}.": (
        "没有名为 {style!r} 的音乐。请从中选择：{choices}。"
    ),
    "{length}, {loudness:.1f} LUFS.": "{length}，{loudness:.1f} LUFS。",
    "Writing the files and looking for the watermark…": "正在写入文件并检测水印…",
    "On air. Hold Talk to join in.": "正在播出。按住“说话”即可参与。",
    "Paused. Say or type “go on” to hear more.": "已暂停。说出或输入“继续”即可接着收听。",
    "Everything is ready to the end.": "节目已全部准备完毕。",
    "The show has ended. Play it again.": "节目已结束。请重新播放。",
    "Answering your question from the text.": "正在根据原文回答您的问题。",
    "Taking up your opinion.": "正在回应您的看法。",
    "Done as you said.": "已按您的要求处理。",
    "Not understood.": "没有听懂。",
    "The recording is damaged. Record it again.": "录音已损坏。请重新录制。",
    "Preparing the show…": "正在准备节目……",
    "Listening…": "正在听……",
    "You": "您",
    "Making the files: {share:.0%}": "正在生成文件：{share:.0%}",
    "{count} lines, about {minutes:.1f} min.": "{count} 句，约 {minutes:.1f} 分钟。",
    "This file can't be read. Choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file, or a script.": (
        "无法读取该文件。请选择 EPUB、TXT、Markdown、HTML、DOCX 或 PDF 文件，或脚本文件。"
    ),
    "{count} lines, about {minutes:.1f} min, arranged from sentences of the text.": (
        "{count} 句，约 {minutes:.1f} 分钟，由原文句子编排而成。"
    ),
    "{count} lines, about {minutes:.1f} min, written by {writer}. Nothing was checked against a source.": (
        "{count} 句，约 {minutes:.1f} 分钟，由 {writer} 撰写。内容未与任何资料核对。"
    ),
    "{count} lines, about {minutes:.1f} min, arranged from the stored text “{title}”, as you gave none.": (
        "{count} 句，约 {minutes:.1f} 分钟。您没有提供文本，因此由内置文本《{title}》编排而成。"
    ),
    "{count} lines, about {minutes:.1f} min: sentences of the text, linked by {writer}. {used} of its {written} "
    "links are used; the others failed the check against the text.": (
        "{count} 句，约 {minutes:.1f} 分钟：原文句子，由 {writer} 串联。共写 {written} 句串联语，采用 {used} 句；"
        "其余未通过与原文的核对。"
    ),
    "Writing the script: {share:.0%}": "正在撰写脚本：{share:.0%}",
    "Without a chat model a show needs a text. Paste one, choose a file, or choose a model.": (
        "不用对话模型时，节目需要文本。请粘贴文本、选择文件，或选择对话模型。"
    ),
    "Without a chat model a show needs a text, and there is none about {topic!r} here. Paste one, choose a file, "
    "choose a chat model under “Script by”, or take a stored text: {titles}.": (
        "不用对话模型时，节目需要文本，而这里没有关于 {topic!r} 的文本。请粘贴文本、选择文件，"
        "在“脚本撰写”中选择对话模型，或使用内置文本：{titles}。"
    ),
    "{engine} can't write scripts. Choose another chat model.": "{engine} 不能撰写脚本。请选择其他对话模型。",
    "There is no topic. Write what the show is about, or paste a text.": "没有话题。请填写节目的话题，或粘贴文本。",
    "The topic has {count:,} characters; the limit is {most:,}. Shorten it, or paste it as the text.": (
        "话题有 {count:,} 个字符，上限为 {most:,} 个。请缩短，或作为文本粘贴。"
    ),
    "A model writes at most {most:g} minutes about a topic. Ask for a shorter show, or paste a text.": (
        "模型根据话题最多能写 {most:g} 分钟的节目。请缩短节目，或粘贴文本。"
    ),
    "The chat model wrote nothing that can be used. Try again, choose another model, or paste a text.": (
        "对话模型没有写出可用的内容。请重试、选择其他模型，或粘贴文本。"
    ),
    "The script isn't text in UTF-8. Save it as UTF-8.": "脚本不是 UTF-8 文本。请另存为 UTF-8。",
    # asked by other programs
    "Audio format {format!r} isn't supported. Choose one of: {choices}.": (
        "不支持 {format!r} 音频格式。请从中选择：{choices}。"
    ),
    "Invalid form: {reason}. Send multipart/form-data.": "无法读取表单：{reason}。请以 multipart/form-data 发送。",
    "This server requires an API key. Send it in the header Authorization: Bearer followed by the key.": (
        "此服务需要 API 密钥。请在请求头 Authorization 中以 Bearer 加密钥的形式发送。"
    ),
    "The queue took too long. Try again in a minute.": "排队时间过长。请一分钟后再试。",
    "No file received. Send the audio as the form field {field}.": "没有收到文件。请用表单字段 {field} 发送音频。",
    "Only these formats can be streamed: {formats}.": "只有以下格式支持流式返回：{formats}。",
    "The body isn't a JSON object. Send one with at least model, input and voice.": (
        "请求体不是 JSON 对象。请至少发送 model、input 和 voice。"
    ),
    "{path} doesn't accept {method}. Use {methods}.": "{path} 不支持 {method}。请使用 {methods}。",
    "There is no {method} {path}. This server has: {endpoints}.": (
        "没有接口 {method} {path}。本服务器提供：{endpoints}。"
    ),
    "No recognition model of this server translates speech into English. Transcribe it instead.": (
        "本服务器没有可将语音译成英语的识别模型。请改用语音识别。"
    ),
    "{field} is {given!r}; it must be text.": "{field} 为 {given!r}，必须是文本。",
    "{field} is {given!r}; it must be a number.": "{field} 为 {given!r}，必须是数字。",
    "{field} is {given!r}; it must be one of: {choices}.": "{field} 为 {given!r}，必须是以下之一：{choices}。",
    "The request is larger than {most} MB. Send a shorter or compressed clip.": (
        "请求超过 {most} MB。请发送更短或压缩过的音频。"
    ),
    "Consent is required. Send consent: true to confirm that the voice is yours or that you have the speaker's "
    "permission.": "需要授权确认。请发送 consent: true，确认这是您本人的声音或已获得说话人的授权。",
    "ref_audio must be a data URI: data:audio/wav;base64, followed by the file in base64.": (
        "ref_audio 必须是 data URI：data:audio/wav;base64, 后接 base64 编码的文件。"
    ),
    "ref_audio is larger than {most} MB. Send 3 to 30 s of one speaker.": (
        "ref_audio 超过 {most} MB。请发送 3 到 30 秒的单人音频。"
    ),
    "The data in ref_audio isn't valid base64. Encode the file again.": (
        "ref_audio 中的数据不是有效的 base64 编码。请重新编码文件。"
    ),
    "Hugging Face provides no SHA-256 for {file}, so it can't be verified": (
        "Hugging Face 未提供 {file} 的 SHA-256，无法校验"
    ),
    "Not loaded in this Space: {titles}.": "此 Space 未加载：{titles}。",
    "About {seconds:.0f} s of GPU time.": "约需 {seconds:.0f} 秒 GPU 时间。",
    "About {seconds:.0f} s of GPU time, in {parts} parts.": "约需 {seconds:.0f} 秒 GPU 时间，分 {parts} 段进行。",
    "Your text is fully spoken. Press Continue to hear it.": "您的文本已全部合成。点击“继续”即可收听。",
    "{message} It is open in another tab.": "{message}该任务已在另一个标签页中打开。",
    "This job is open in another tab. Continue it there, or close that tab and try again.": (
        "此任务已在另一个标签页中打开。请在那里继续，或关闭该标签页后重试。"
    ),
    "This job is now open in another tab.": "此任务现已在另一个标签页中打开。",
    "The model for this job is no longer available. Download what is finished and submit the rest again.": (
        "此任务所用的模型已不再提供。请下载已完成的部分，并重新提交其余部分。"
    ),
    "Your text is partly spoken: {done} of {total} parts are done.": (
        "您的文本尚未合成完：已完成 {done} 段，共 {total} 段。"
    ),
    "Part {part} of {parts}: {status}": "第 {part} 段，共 {parts} 段：{status}",
    "You are not logged in. Open the page and log in first.": "您尚未登录。请先打开页面登录。",
    "Too many failed logins for this name. Try again in {seconds} s.": "登录失败次数过多。请在 {seconds} 秒后重试。",
    "The upload size is unknown. Send it in the header Content-Length.": (
        "上传大小未知。请在请求头 Content-Length 中注明。"
    ),
    "The upload is too large. Upload at most {most} MB at a time.": "上传内容过大。单次上传不得超过 {most} MB。",
    "The request is larger than {most} MB. Upload files first, and send their paths.": (
        "请求超过 {most} MB。请先上传文件，再发送其路径。"
    ),
    "This endpoint isn't available. See “Use via API” for those that are.": (
        "该接口不可用。可用的接口见“通过 API 使用”。"
    ),
    "Upload limit reached. Try again in {minutes} min.": "已达上传上限。请在 {minutes} 分钟后重试。",
    # waiting in line, and what a visitor may use
    "In queue: {ahead} ahead of you…": "排队中：前面还有 {ahead} 位……",
    "In queue: {ahead} ahead of you, about {seconds:.0f} s…": "排队中：前面还有 {ahead} 位，约 {seconds:.0f} 秒……",
    "You already have {count} requests running, the maximum per visitor. Wait for one to finish, or stop one.": (
        "您已有 {count} 个请求正在进行，已达单个访客的上限。请等待其中一个完成，或停止一个。"
    ),
    "Your network already has {count} requests in the queue, the maximum. Try again in a minute.": (
        "您所在的网络已有 {count} 个请求在排队，已达上限。请一分钟后再试。"
    ),
    "The queue is full ({count} requests). Try again in a minute.": "队列已满（{count} 个请求）。请一分钟后再试。",
    "You sent too many requests in the last minute. Try again in {seconds} s.": (
        "您在过去一分钟内的请求过多。请在 {seconds} 秒后再试。"
    ),
    "You have used up your computing time for this hour. Try again in {minutes} min.": (
        "您已用完每小时的计算时间。请在 {minutes} 分钟后再试。"
    ),
    "Your GPU quota is used up. Log in to Hugging Face for more, try again later, or choose a lite model, "
    "which needs no GPU.": (
        "您的 GPU 额度已用完。请登录 Hugging Face 以获得更多额度，或稍后再试，或选择无需 GPU 的轻量版模型。"
    ),
    "This exceeds the GPU time limit of one request. Use a shorter text or clip.": (
        "超出单次 GPU 时长上限。请缩短文本或音频。"
    ),
    "Your GPU session has expired. Try again; if the problem persists, reload the page.": (
        "GPU 会话已过期。请重试；如问题仍存在，请刷新页面。"
    ),
    "No GPU is available. Try again in a minute, or choose a lite model.": (
        "暂时没有空闲的 GPU。请一分钟后再试，或选择轻量版模型。"
    ),
    "The GPU was reclaimed before the job finished. Try again with a shorter text or clip.": (
        "任务完成前 GPU 已被回收。请用更短的文本或音频重试。"
    ),
    # engines on other servers
    "{engine} can't be reached. Try again in a minute, or choose another model.": (
        "无法连接 {engine}。请一分钟后再试，或换用其他模型。"
    ),
    "{engine} hasn't responded for {seconds:.0f} s. Try again later, or use a shorter input.": (
        "{engine} 已有 {seconds:.0f} 秒没有响应。请稍后再试，或使用更短的内容。"
    ),
    "{engine} disconnected before it finished. Try again; if the problem persists, choose another model.": (
        "{engine} 中途断开。请重试；如问题仍存在，请换用其他模型。"
    ),
    "{engine} requires a valid API key. The administrator of this app can set FUNAUDIO_UPSTREAM_API_KEY.": (
        "{engine} 需要有效的 API 密钥。请由本应用的管理员设置 FUNAUDIO_UPSTREAM_API_KEY。"
    ),
    "{engine} is busy or starting ({status}). Try again in a minute, or choose another model.": (
        "{engine} 正忙或正在启动（{status}）。请一分钟后再试，或换用其他模型。"
    ),
    "{engine} rejected the request ({status}): {said} Change the input, or choose another model.": (
        "{engine} 拒绝了请求（{status}）：{said} 请修改内容，或换用其他模型。"
    ),
    "{engine} failed ({status}): {said} Try again; if the problem persists, choose another model.": (
        "{engine} 出错（{status}）：{said} 请重试；如问题仍存在，请换用其他模型。"
    ),
    "no reason given.": "未说明原因。",
    "{engine} returned {kind} instead of {wanted}. Check that its address is correct.": (
        "{engine} 返回了 {kind}，应为 {wanted}。请检查地址是否正确。"
    ),
    "an unknown content type": "未知类型的内容",
    "invalid JSON": "无效的 JSON",
    "{engine} returned no text. Check that its address is correct.": "{engine} 没有返回文本。请检查地址是否正确。",
    "{engine} returned no audio for this text. Change the text, or choose another model.": (
        "{engine} 没有为这段文本返回音频。请修改文本，或换用其他模型。"
    ),
    "{engine} returned audio with {channels} channels at {rate!r} Hz; one channel at a known rate is required.": (
        "{engine} 返回的音频有 {channels} 个声道、采样率 {rate!r} Hz，需要采样率已知的单声道。"
    ),
    # on our side
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text.": (
        "我们这边出了问题，详情已记入日志。请重试，或换一段音频或文本。"
    ),
    "{path} isn't a GE2E checkpoint ({error}). Delete it and run `{command} ge2e`.": (
        "{path} 不是 GE2E 模型文件（{error}）。请删除它并运行 `{command} ge2e`。"
    ),
    "{engine} needs PyTorch. Install it with `{command}`.": "{engine} 需要 PyTorch。请运行 `{command}` 安装。",
    "FUNAUDIO_TIER is 'full', which needs PyTorch. Install it with `{command}`.": (
        "FUNAUDIO_TIER 设为 'full'，需要 PyTorch。请运行 `{command}` 安装。"
    ),
    "The checkpoint isn't SenseVoiceSmall: {unknown} tensors unknown, {absent} missing, such as {names}. "
    "Download the published model.pt and config.yaml.": (
        "模型文件不是 SenseVoiceSmall：{unknown} 个张量未知，{absent} 个缺失，例如 {names}。"
        "请下载官方发布的 model.pt 和 config.yaml。"
    ),
    "{path} has {count} tensors whose size doesn't match config.yaml, such as {name}: {given} instead of "
    "{expected}. Use both files from the same release.": (
        "{path} 中有 {count} 个张量的大小与 config.yaml 不符，例如 {name}：{given}，应为 {expected}。"
        "请使用同一次发布的两个文件。"
    ),
    "{path} isn't the config.json of Fun-Audio-Chat-8B (see {clue}). Download the published files.": (
        "{path} 不是 Fun-Audio-Chat-8B 的 config.json（见 {clue}）。请下载官方发布的文件。"
    ),
    "The weights in {folder} can't be read ({error}). Download the published files.": (
        "无法读取 {folder} 中的权重（{error}）。请下载官方发布的文件。"
    ),
    "Fun-Audio-Chat-8B (18.8 GB) couldn't be downloaded ({error}). Check the network, or put its files into "
    "the folder {name} of FUNAUDIO_WEIGHTS_DIR.": (
        "无法下载 Fun-Audio-Chat-8B（18.8 GB）：{error}。"
        "请检查网络，或将其文件放入 FUNAUDIO_WEIGHTS_DIR 的 {name} 文件夹。"
    ),
    "Fun-Audio-Chat-8B needs {needed:.1f} GB of memory; {available:.1f} GB are available. "
    "Use a larger GPU, or another model.": (
        "Fun-Audio-Chat-8B 需要 {needed:.1f} GB 内存，可用 {available:.1f} GB。请使用更大的 GPU，或换用其他模型。"
    ),
    "The recording is too short ({seconds:.2f} s); the model hears nothing below {least:g} s. Record it again.": (
        "录音过短（{seconds:.2f} 秒），模型听不到短于 {least:g} 秒的内容。请重新录音。"
    ),
    "The recording lasts {seconds:.0f} s; the limit of the model is {most:.0f} s. Use a shorter one.": (
        "录音时长 {seconds:.0f} 秒，模型上限为 {most:.0f} 秒。请使用较短的录音。"
    ),
    "There is no question to answer. Record or type one.": "没有需要回答的问题。请录音或输入问题。",
    "The question is too long ({count:,} positions; the limit is {most:,}, about six minutes of speech). Shorten it.": (
        "问题过长（{count:,} 个位置，上限 {most:,} 个，约六分钟语音）。请缩短问题。"
    ),
    "{path} isn't Fun-ASR-Nano (see {clue}). Download the published model.pt.": (
        "{path} 不是 Fun-ASR-Nano 的文件（见 {clue}）。请下载官方发布的 model.pt。"
    ),
    "Too many hotwords ({given}; {engine} accepts at most {most}). Remove some of them.": (
        "热词过多（{given} 个，{engine} 最多支持 {most} 个）。请删减热词。"
    ),
    "{path} has {count} values under <{tag}> instead of {width}. Download the published am.mvn.": (
        "{path} 的 <{tag}> 下有 {count} 个数，应为 {width} 个。请下载官方发布的 am.mvn。"
    ),
    "{path} sets {setting} to {given!r}, but this model supports {expected!r} only. "
    "Use the files of FunAudioLLM/SenseVoiceSmall.": (
        "{path} 中 {setting} 为 {given!r}，而此模型只支持 {expected!r}。请使用 FunAudioLLM/SenseVoiceSmall 的文件。"
    ),
    "{path} has no {setting}, so it isn't a SenseVoice configuration. Use the one of the published model.": (
        "{path} 缺少 {setting}，不是 SenseVoice 的配置。请使用官方发布的配置。"
    ),
    "{path} belongs to another model: {unknown} tensors unknown, {absent} missing, such as {names}. "
    "Download the published file.": (
        "{path} 属于另一个模型：{unknown} 个张量未知，{absent} 个缺失，例如 {names}。请下载官方发布的文件。"
    ),
    "{path} has {name} of size {given} instead of {expected}. Download the published file.": (
        "{path} 中 {name} 的大小为 {given}，应为 {expected}。请下载官方发布的文件。"
    ),
    "{path} contains more than tensors: {reason}. Download the published file.": (
        "{path} 包含张量以外的内容：{reason}。请下载官方发布的文件。"
    ),
    "{path} has {count:,} tokens instead of {expected:,}. Download the published file.": (
        "{path} 中有 {count:,} 个词元，应为 {expected:,} 个。请下载官方发布的文件。"
    ),
    "Text and prompt are too long ({count:,} tokens; the limit of CosyVoice is {most:,}). Shorten them.": (
        "文本和提示过长（共 {count:,} 个词元，CosyVoice 的上限为 {most:,} 个）。请缩短。"
    ),
    "The text produced only {count} speech tokens, too few for any audio. Use a longer text.": (
        "文本只生成了 {count} 个语音词元，不足以合成语音。请输入更长的文本。"
    ),
    "The reference and the speech together would last {seconds:.0f} s; the limit is {most:.0f} s. Split the text.": (
        "参考音频与合成语音共 {seconds:.0f} 秒，上限为 {most:.0f} 秒。请拆分文本。"
    ),
    "The reference clip has a sample rate of {rate:,} Hz; CosyVoice needs {least:,} Hz or more. "
    "Record it again at a higher rate.": (
        "参考音频的采样率为 {rate:,} Hz，CosyVoice 至少需要 {least:,} Hz。请用更高的采样率重新录制。"
    ),
    "The reference clip lasts {seconds:.1f} s; CosyVoice accepts {least:g} to {most:g} s, ideally 3 to 10 s. "
    "Use another clip.": (
        "参考音频长 {seconds:.1f} 秒，CosyVoice 支持 {least:g} 到 {most:g} 秒，最好为 3 到 10 秒。请换一段音频。"
    ),
    "The recording to convert has a sample rate of {rate:,} Hz; CosyVoice needs {least:,} Hz or more. "
    "Record it again at a higher rate.": (
        "待转换录音的采样率为 {rate:,} Hz，CosyVoice 至少需要 {least:,} Hz。请用更高的采样率重新录制。"
    ),
    "The recording to convert is too short ({seconds:.1f} s). CosyVoice needs {least:g} s or more.": (
        "待转换的录音太短（{seconds:.1f} 秒）。CosyVoice 至少需要 {least:g} 秒。"
    ),
    "{engine} needs a reference clip. Record or upload a few seconds of speech.": (
        "{engine} 需要参考音频。请录制或上传几秒语音。"
    ),
    "{engine} doesn't support {tag}. Remove it, or use one of {tags}.": (
        "{engine} 不支持 {tag}。请删除它，或使用 {tags}。"
    ),
    "{path} contains no readable voices: {reason}. Save it again with CosyVoice, or remove it.": (
        "{path} 中没有可读取的音色：{reason}。请用 CosyVoice 重新保存，或删除该文件。"
    ),
    "{folder} contains no chat model that transformers can load ({error}). Set FUNAUDIO_CHAT_MODEL to another model.": (
        "{folder} 中没有 transformers 能加载的对话模型（{error}）。请将 FUNAUDIO_CHAT_MODEL 设为其他模型。"
    ),
    "The model in {folder} has no chat template. Set FUNAUDIO_CHAT_MODEL to a chat model.": (
        "{folder} 中的模型没有对话模板。请将 FUNAUDIO_CHAT_MODEL 设为对话模型。"
    ),
    "FUNAUDIO_CHAT_MODEL is {named!r}; it must be a Hugging Face model: owner/name or owner/name@commit.": (
        "FUNAUDIO_CHAT_MODEL 为 {named!r}，必须是 Hugging Face 上的模型：owner/name 或 owner/name@commit。"
    ),
    "The chat model {repo} couldn't be downloaded ({error}). "
    "Check the network and the name, run `hf auth login` for a gated model, or unset FUNAUDIO_CHAT_MODEL.": (
        "无法下载对话模型 {repo}（{error}）。请检查网络和名称；如需授权，请先运行 `hf auth login`；"
        "或取消 FUNAUDIO_CHAT_MODEL 的设置。"
    ),
    "The chat model {repo} has no safetensors files. Set FUNAUDIO_CHAT_MODEL to another model.": (
        "对话模型 {repo} 没有 safetensors 文件。请将 FUNAUDIO_CHAT_MODEL 设为其他模型。"
    ),
    "{path} doesn't match its hash on Hugging Face, or the cache has no symbolic links. "
    "Delete {folder} and start again.": (
        "{path} 与 Hugging Face 的哈希值不符，或缓存中没有符号链接。请删除 {folder} 后重新启动。"
    ),
    "The text is too long ({tokens:,} tokens; the limit of the model is {most:,}). Shorten it.": (
        "文本过长（{tokens:,} 个词元，模型的上限为 {most:,} 个）。请缩短。"
    ),
    "{who} doesn't translate from {source} to {target}.": "{who} 不支持从{source}到{target}的翻译。",
    "The glossary is too long ({count} terms; {who} accepts at most {most}). Shorten it.": (
        "术语表过长（{count} 条，{who} 最多支持 {most} 条）。请缩短。"
    ),
    "{who} didn't translate {text!r} into {language} but returned {answer!r}. "
    "Rephrase the text, or choose another translation model.": (
        "{who} 没有把 {text!r} 译成{language}，而是返回了 {answer!r}。请换一种说法，或选择其他翻译模型。"
    ),
    "A glossary can't be used from {source} to {target}, which is translated directly from speech. "
    "Remove it, or choose another translation model.": (
        "从{source}到{target}直接由语音翻译，无法使用术语表。请删除术语表，或选择其他翻译模型。"
    ),
    "{line!r} isn't a glossary entry. Write one term and its translation per line, such as: bank = riverside": (
        "{line!r} 不是术语表条目。请每行写一个术语及其译文，例如：bank = 河岸"
    ),
    "The glossary is too long ({count} terms; the limit is {most}). Shorten it.": (
        "术语表过长（{count} 条，上限为 {most} 条）。请缩短。"
    ),
}
MESSAGES_ZH |= {
    "{reason} Choose one of the options on the page; reload it if it has been open for a long time.": (
        "{reason} 请选择页面提供的选项；若页面已打开很久，请刷新。"
    ),
    "The file can't be read from what was sent. "
    "Send it as a data URI: data:audio/wav;base64, followed by the file in base64.": (
        "无法从发送的内容中读取文件。请以 data URI 发送：data:audio/wav;base64, 后接 base64 编码的文件内容。"
    ),
    "The input has the wrong type or names a file that wasn't uploaded. "
    "Send a file as a data URI (data:audio/wav;base64, followed by the file in base64) or upload it first; "
    "“Use via API” shows the type of each input.": (
        "输入类型不符，或指向未上传的文件。请以 data URI 发送文件（data:audio/wav;base64, 后接 base64 编码的内容），"
        "或先上传文件；各输入的类型见“通过 API 使用”。"
    ),
    "Running": "正在运行",
    "In queue": "正在排队",
    "{count} of {most}": "{count} / {most}",
    "Process memory": "进程内存",
    "GPU memory": "显存",
    "Loaded model": "已加载的模型",
    "File size": "文件大小",
    "Queue time": "排队时间",
    "Total time": "总用时",
    "Outcomes": "请求结果",
    # evaluation
    "{file}, line {line} isn't JSON.": "{file} 第 {line} 行不是 JSON。",
    "{file}, line {line} holds no object.": "{file} 第 {line} 行不是对象。",
    "An item of {file} has no field {name!r}. Choose another format, or add it.": (
        "{file} 中有条目缺少字段 {name!r}。请选择其他格式，或补上该字段。"
    ),
    "{subset!r} is no part of OpenAudioBench. Choose one of: {names}.": (
        "{subset!r} 不是 OpenAudioBench 的子集。请从以下选择：{names}。"
    ),
    "{ability!r} is no ability of VStyle. It starts with one of: {names}.": (
        "{ability!r} 不是 VStyle 的能力。须以下列之一开头：{names}。"
    ),
    "{file} must end with _result, beside the questions. Rename it.": (
        "{file} 的文件名须以 _result 结尾，并与题目放在一起。请重命名。"
    ),
    "There is no question {id!r} in {file}.": "{file} 中没有题目 {id!r}。",
    "{format} is scored by rule and needs no judge.": "{format} 按规则评分，不需要评判模型。",
    "Babble of voices": "多人嘈杂语声",
    "Music": "音乐背景",
    "White noise": "白噪声",
    "Hum of mains, 50 Hz": "50 Hz 市电哼声",
    "Reverberation (RT60)": "混响（RT60）",
    "Telephone: G.711 A-law, 8 kHz, with lost packets": "电话：G.711 A 律，8 kHz，含丢包",
    "Telephone: G.711 mu-law, 8 kHz, with lost packets": "电话：G.711 μ 律，8 kHz，含丢包",
    "Opus": "Opus",
    "MP3": "MP3",
    "Tempo, the pitch kept": "语速（音高不变）",
    "Speed, the pitch changed with it": "播放速度（音高随之改变）",
    "Level (RMS, of full scale)": "音量（RMS，相对满刻度）",
    "Clipping below the peak": "削波（低于峰值）",
    "Strength ({unit})": "强度（{unit}）",
    "as it is": "原音频",
    "{condition} in {unit}": "{condition}，单位 {unit}",
    "Error rate by strength: {condition}": "各强度下的错误率：{condition}",
    "Real-time factor: median – 95th percentile": "实时率：中位数 – 第 95 百分位",
    "First words or sound: median – 95th percentile": "首批文字或声音：中位数 – 第 95 百分位",
    "{system}: accuracy {accuracy:.0%}, mean recall {recall:.0%}. Rows: reference; columns: recognized.": (
        "{system}：准确率 {accuracy:.0%}，平均召回率 {recall:.0%}。行：参考；列：识别结果。"
    ),
    "Conditions are for recordings. Choose the task {task}.": "条件仅适用于录音。请选择任务 {task}。",
    "There is no condition {name!r}. Choose one of: {names}.": "没有条件 {name!r}。请从以下选择：{names}。",
    "{condition} takes {low:g} to {high:g} {unit}; got {value:g}.": (
        "{condition} 的范围为 {low:g} 至 {high:g} {unit}，您给出的是 {value:g}。请改用范围内的值。"
    ),
    "The condition in a file of results is damaged. Run it again.": "结果文件中的条件已损坏。请重新评测。",
    "The clip is silent, so noise has no ratio to it. Use a clip with speech.": (
        "音频无声，无法按信噪比加入噪声。请使用含语音的音频。"
    ),
    "The reference is missing. Enter what is said in the clip.": "缺少参考文本。请输入音频中所说内容。",
    "{file}, line {line}: {sentence}": "{file} 第 {line} 行：{sentence}",
    "{file} has no entries. Add at least one.": "{file} 没有条目。请至少添加一条。",
    "{problems} {count} more problems follow.": "{problems} 另有 {count} 处问题。",
    "{file} has more than {most:,} entries. Divide it.": "{file} 超过 {most:,} 条。请拆分。",
    "Both 'audio' and 'text' are missing.": "缺少 audio 和 text。",
    "The text is longer than {most:,} characters. Divide it.": "文本超过 {most:,} 个字符。请拆分。",
    "{language!r} isn't a language. Use a code such as en.": "{language!r} 不是语言。请使用 en 之类的代码。",
    "Commands aren't run. Write the path of a sound file instead.": "不会执行命令。请改写为音频文件的路径。",
    "Addresses aren't fetched. Download {path!r} and write its path.": "不会下载网址。请下载 {path!r} 并填写其路径。",
    "The path of the recording has a NUL character. Remove it.": "录音的路径含有 NUL 字符。请删除。",
    "'choices' must be a list of at least two texts.": "choices 须为至少含两项文本的列表。",
    "There are {count} choices; the limit is 26.": "有 {count} 个选项；上限为 26 个。",
    "The answer {answer!r} isn't one of the choices.": "答案 {answer!r} 不在选项中。",
    "{name!r} must be a text; got {value}.": "{name!r} 须为文本；收到的是 {value}。",
    "{path!r} lies outside the data set. Put the file into it.": "{path!r} 在数据集之外。请将文件放入数据集。",
    "{path!r} is a folder. Write the path of a sound file.": "{path!r} 是文件夹。请填写音频文件的路径。",
    "There is no file {path!r}. Paths are relative to the list.": "没有文件 {path!r}。路径相对于列表所在位置。",
    "{path!r} can't be a path.": "{path!r} 不能作为路径。",
    "The id {id!r} stands in line {first} too.": "id {id!r} 与第 {first} 行重复。",
    "Kaldi's segments aren't supported. Cut the recordings, and write one line for each into wav.scp.": (
        "不支持 Kaldi 的 segments。请切分录音，并在 wav.scp 中每段写一行。"
    ),
    "There is no file or folder {path!r}.": "没有文件或文件夹 {path!r}。",
    "{file} isn't a list of recordings. Use one of {kinds}, or a folder.": (
        "{file} 不是录音列表。请使用 {kinds} 之一，或文件夹。"
    ),
    "{file} is larger than {most} MB. Divide it.": "{file} 超过 {most} MB。请拆分。",
    "The folder has wav.scp but no file text. Add the transcripts.": (
        "文件夹中有 wav.scp，但没有 text 文件。请添加转写文本。"
    ),
    "{file} isn't UTF-8. Save it as UTF-8.": "{file} 不是 UTF-8。请存为 UTF-8。",
    "The folder has no sound files. Choose one with recordings, or a list of them.": (
        "文件夹中没有音频文件。请选择含有录音的文件夹，或录音列表。"
    ),
    "Each line must hold one object, such as {example}.": "每行须为一个对象，例如 {example}。",
    "Each line must have 4 or 5 parts between |; this one has {count}.": (
        "每行须有 4 或 5 个以 | 分隔的部分；此行有 {count} 个。"
    ),
    "The path after {key!r} is missing.": "{key!r} 之后缺少路径。",
    "There is no recording for {key!r} in wav.scp.": "wav.scp 中没有 {key!r} 的录音。",
    "The transcript {file} is missing.": "缺少转写文本 {file}。",
    "This isn't JSON. Each line must hold one object.": "这不是 JSON。每行须为一个对象。",
    "A quotation mark isn't closed.": "引号没有闭合。",
    "The header names a column twice.": "表头中有重复的列名。",
    "The header names neither 'audio' nor 'text'.": "表头中既没有 audio 也没有 text。",
    "There are {found} columns; the header has {all}.": "有 {found} 列；表头有 {all} 列。",
    "There is no text for {key!r}. Add it to the file text.": "{key!r} 没有文本。请添加到 text 文件中。",
    "There is no scoring protocol {name!r}. Choose one of: {names}.": "没有评分规则 {name!r}。请选择：{names}。",
    "{file} exists. Continue it, or choose another name.": "{file} 已存在。请继续该次评测，或另选名称。",
    "{file} has no results. Choose a file that a run has written.": "{file} 中没有结果。请选择评测生成的文件。",
    "{file}, line {line} isn't a result.": "{file} 第 {line} 行不是结果。",
    "{file} belongs to another run: {fields} differ. Choose another file.": (
        "{file} 属于另一次评测：{fields} 不同。请另选文件。"
    ),
    "{file} belongs to another data set. Choose another file.": "{file} 属于另一个数据集。请另选文件。",
    "{file} has no results yet. Run it first.": "{file} 还没有结果。请先运行评测。",
    "{id} has no recording.": "{id} 没有录音。",
    "No recognizer could check the speech of {id}.": "没有识别模型能检查 {id} 的语音。",
    "There is no table format {kind!r}. Choose one of: {kinds}.": "没有表格格式 {kind!r}。请选择：{kinds}。",
    "The recordings are longer than {minutes:.0f} minutes together. Use fewer, or the command line.": (
        "录音总长超过 {minutes:.0f} 分钟。请减少录音，或使用命令行。"
    ),
    "There is no task {task!r}. Choose one of: {tasks}.": "没有任务 {task!r}。请选择：{tasks}。",
    "No files yet. Upload a ZIP, or a list together with its recordings.": ("尚无文件。请上传 ZIP，或列表及其录音。"),
    "Upload one ZIP alone, or files without a ZIP.": "请只上传一个 ZIP，或不含 ZIP 的文件。",
    "There are several lists: {names}. Upload one at a time.": "有多个列表：{names}。请每次上传一个。",
    "There are {count:,} files; the limit is {most:,}.": "有 {count:,} 个文件；上限为 {most:,} 个。",
    "Two files are called {name!r}. Rename one of them.": "有两个文件都叫 {name!r}。请重命名其中一个。",
    "The ZIP is damaged and can't be unpacked. Pack it again.": "ZIP 已损坏，无法解压。请重新打包。",
    "The list of files in the ZIP has {size:,} MB; the limit is {most} MB. Divide it.": (
        "ZIP 的文件列表有 {size:,} MB；上限为 {most} MB。请拆分。"
    ),
    "The ZIP unpacks to more than {most} MB. Divide it.": "ZIP 解压后超过 {most} MB。请拆分。",
    "Finished.": "已完成。",
    "Finished, with {failures} failures: see the utterances.": "已完成，其中 {failures} 条失败，详见逐条结果。",
    "Private link to this evaluation. Anyone who has it can hear, stop and go on with it.": (
        "本次评测的私密链接。任何持有者都可以试听、停止和继续。"
    ),
    "Stopped: {done} of {total} results are there. Press Continue to go on.": (
        "已停止：已有 {done} / {total} 条结果。请点击“继续”接着进行。"
    ),
    "{done} of {total} results. The computing time for this hour is used up; it goes on in {minutes:.0f} min.": (
        "{done} / {total} 条结果。本小时的计算时间已用完，将在 {minutes:.0f} 分钟后继续。"
    ),
    "{done} of {total} results. It goes on when your other evaluation is done.": (
        "{done} / {total} 条结果。您的另一项评测完成后会继续。"
    ),
    "{done} of {total} results, {left}…": "{done} / {total} 条结果，{left}……",
    "{done} of {total} results…": "{done} / {total} 条结果……",
    "{count} evaluations of yours are under way. Wait for one of them, or stop it.": (
        "您有 {count} 项评测正在进行。请等待其中一项完成，或将其停止。"
    ),
    "An internal error stopped the evaluation. What is done is kept; press Continue to try again.": (
        "内部错误使评测停止。已完成的部分均已保留；请点击“继续”重试。"
    ),
    "The scores of {names} are missing.": "缺少 {names} 的得分。",
    "There is no part {name!r}. Choose from: {names}.": "没有名为 {name!r} 的部分。可选：{names}。",
    "The score of {name} is {score:g}; it lies from {low} to {high}.": (
        "{name} 的得分为 {score:g}；其范围是 {low} 至 {high}。"
    ),
    "{written!r} isn't a score. Write it as name=number.": "{written!r} 不是得分。请写作“名称=数字”。",
    "There is no judge. Name one as URL#MODEL, or set {setting}.": (
        "未指定评判模型。请以 URL#MODEL 指定，或设置 {setting}。"
    ),
    "Name the file in which the replies of the judge are kept, with --replies.": (
        "请用 --replies 指定保存评判模型回复的文件。"
    ),
    "{file} holds replies of another judge or to other prompts, such as that of {id!r}. Choose another file.": (
        "{file} 含有其他评判模型或针对其他提示的回复，例如 {id!r}。请换一个文件。"
    ),
    "On ZeroGPU, whose GPUs are lent to visitors, evaluations run on the page. Run it there.": (
        "ZeroGPU 上的 GPU 由访客临时借用，因此评测只能在网页中进行。请在网页中运行。"
    ),
    "This evaluation isn't finished. Ask evaluation_progress, and try again later.": (
        "该评测尚未完成。请查询 evaluation_progress，稍后再试。"
    ),
    "These results are gone. Run the evaluation again.": "这些结果已删除。请重新评测。",
    "The reference has no words. Enter what is said.": "参考文本中没有文字。请输入所说的内容。",
    "Reading the data…": "正在读取数据…",
    "These are the results of an earlier run.": "这是先前评测的结果。",
    "No model is selected. Select at least one.": "未选择模型。请至少选择一个。",
    "{count} models are selected; the limit is {most}.": "选择了 {count} 个模型；上限为 {most} 个。",
    "There are {count} entries; this page takes {most}. Use fewer, or the command line.": (
        "有 {count} 条；本页最多 {most} 条。请减少，或使用命令行。"
    ),
    "The selected models have no language in common. Select others, or upload your own files.": (
        "所选模型没有共同支持的语言。请另选模型，或上传您自己的文件。"
    ),
    # listening tests
    "Anchor (3.5 kHz)": "锚点（3.5 kHz）",
    "Hidden reference": "隐藏参考",
    "This isn't a listening test. Choose a file that this page has exported.": (
        "这不是盲听测试。请选择本页导出的文件。"
    ),
    "This isn't a vote of a listening test. Choose a file that this page has exported.": (
        "这不是盲听测试的投票。请选择本页导出的文件。"
    ),
    "{file} isn't an exported listening test. Choose its JSON or CSV file.": (
        "{file} 不是导出的盲听测试。请选择其 JSON 或 CSV 文件。"
    ),
    "This vote doesn't belong to the test. Open its link again.": "此投票不属于该测试。请重新打开测试链接。",
    "You have voted on this already. Your first vote counts.": "您已对此投过票。以首次投票为准。",
    "There is no such listening test. It may have expired; ask for a new link.": (
        "没有这个盲听测试。它可能已过期；请索取新链接。"
    ),
    "This server keeps {most} listening tests, and has no room for more. Try again later.": (
        "此服务器最多保留 {most} 个盲听测试，已无空间。请稍后再试。"
    ),
    "There are no ready sentences in this language. Write your own.": "这种语言没有现成的句子。请自行填写。",
    "There are no sentences. Write one a line.": "没有句子。请每行填写一句。",
    "Too many sentences ({given}; at most {most}). Remove some.": (
        "句子过多（{given} 句，上限 {most} 句）。请删除一些。"
    ),
    "A sentence has {given} characters; at most {most} are read aloud. Shorten it.": (
        "有一句含 {given} 个字符；上限为 {most} 个。请缩短。"
    ),
    "A take is silent, so it can't be compared. Choose another voice or another sentence.": (
        "有一段语音没有声音，无法比较。请更换音色或句子。"
    ),
    "{given} systems can't be compared. Choose {low} to {high}.": (
        "无法比较 {given} 个系统。请选择 {low} 至 {high} 个。"
    ),
    "There is no kind of test {kind!r}. Choose one of: {kinds}.": "没有投票方式 {kind!r}。请选择：{kinds}。",
    "Two systems are the same. Choose another model, voice, speed or instruction for one of them.": (
        "有两个系统相同。请为其中一个更换模型、音色、语速或指令。"
    ),
    "The seed {seed} is out of range. Use 0 to {most}.": "种子 {seed} 超出范围。请使用 0 至 {most}。",
    "Preparing the test…": "正在准备测试…",
    "{done} of {total} takes…": "{done} / {total} 段语音…",
    "The test is ready. Listen and vote, and send its link to other listeners.": (
        "测试已就绪。请试听并投票，也可将链接发给其他人试听。"
    ),
    "Your listening test is ready. Press Continue to open it.": "您的盲听测试已就绪。请点击“继续”打开。",
    "Your listening test is not finished: {done} of {total} takes are made.": (
        "您的盲听测试尚未完成：已生成 {done} / {total} 段语音。"
    ),
    "You listen without knowing which system speaks.": "试听时您不知道是哪个系统在说话。",
    "There is no rating yet. Choose one from 1 to 5.": "尚未评分。请选择 1 至 5。",
    "There is nothing to vote on. Open the link of the test again.": "没有可投票的内容。请重新打开测试链接。",
    "Vote on the remaining {left} first: the scores could influence you.": (
        "请先完成余下 {left} 次投票：得分可能影响您的判断。"
    ),
    "All {count} votes are given. Thank you!": "{count} 次投票已全部完成。谢谢！",
    "{number} of {total}": "第 {number} / {total} 次",
    "Your vote is stored.": "您的投票已保存。",
    "Your vote is stored. It was on {names}.": "您的投票已保存。对应系统为 {names}。",
    "votes faster than the takes last": "投票快于语音时长",
    "always the same side": "总选同一侧",
    "always the same rating": "总给相同评分",
    "takes not played to the end": "语音未播放完",
    "contradicts itself on repeats": "重复题前后矛盾",
    "Voter": "投票者",
    "Votes": "票数",
    "Signs of careless voting": "随意投票的迹象",
    "Points": "分数",
    "Mean": "平均",
    "Wins / ties / losses": "胜 / 平 / 负",
    "Lowest, quartiles, highest": "最低、四分位、最高",
    "{votes} votes of {voters} voters.": "{voters} 位投票者共 {votes} 票。",
    "Bradley-Terry points: 400 more are odds of 10 to 1; repeats don't count.": (
        "Bradley-Terry 分数：相差 400 分即胜率比为 10 比 1；重复题不计。"
    ),
    "A system has won or lost all its pairs, so one tie was added for each pair.": (
        "有系统全胜或全负，因此每对各加一次平局。"
    ),
    "Intervals are over voters.": "区间按投票者计算。",
    "Intervals are over votes, since fewer than five have voted: they are too narrow.": (
        "投票者不足五人，区间按票计算：偏窄。"
    ),
    "{count} voters rated the anchor above the reference and are left out.": (
        "{count} 位投票者对锚点的评分高于参考，未计入。"
    ),
    "Scoring rules: {title}. Bold: no interval of another model overlaps.": (
        "评分规则：{title}。粗体：与其他模型的区间均不重叠。"
    ),
    "Model": "模型",
    "Id": "编号",
    "Error rate": "错误率",
    "Reference": "参考文本",
    "Recognized": "识别结果",
    "Times": "次数",
    "all": "全部",
    "Group": "分组",
    "Utterances": "条数",
    "95 % interval": "95% 区间",
    "Sub / del / ins": "替换 / 遗漏 / 多出",
    "Failures": "失败",
    "First result": "首个结果",
    "failed": "失败",
    "This job is already running. Stop it first, or wait for it to finish.": "此任务正在运行。请先停止，或等待其完成。",
    "This job has expired. Please start again.": "任务已过期。请重新开始。",
    "The server disk is full, so jobs with several parts can't be saved. Try again later, or use a shorter input.": (
        "服务器磁盘已满，无法保存需分段处理的任务。请稍后再试，或缩短内容。"
    ),
    "Long work takes up {most:.1f} GB on the server, all that it may. "
    "Delete what you no longer need, or try again later.": (
        "服务器上的长任务已占满允许的 {most:.1f} GB 空间。请删除您不再需要的内容，或稍后再试。"
    ),
    # narration
    "None of these chapters has text. Choose other chapters.": "所选章节都没有文字。请选择其他章节。",
    "These chapters have about {hours:.1f} hours of speech; this server narrates up to {most:g}. "
    "Choose fewer chapters.": "所选章节约有 {hours:.1f} 小时语音；本服务器最多朗读 {most:g} 小时。请减少章节。",
    "An internal error stopped the narration. What is finished is kept; press Continue to try again.": (
        "内部错误中断了朗读。已完成的部分均已保存，请点击“继续”重试。"
    ),
    "This file isn't a plan or cast saved by this app. Save it again from the page.": (
        "此文件不是本应用保存的朗读方案或角色表。请从页面重新保存。"
    ),
    "Nobody called {name!r} is in the cast. Choose one of its rows.": "角色表中没有{name!r}。请选择表中的一行。",
    "{name!r} and {into!r} can't be merged. Choose two characters of the cast.": (
        "{name!r}与{into!r}无法合并。请选择角色表中的两个人物。"
    ),
    "There is no chapter {number}; the narration has {count}.": "没有第 {number} 章；该有声书共 {count} 章。",
    "There is no line {number} in this chapter.": "本章没有第 {number} 行。",
    "Only these can be changed: {names}.": "只能修改：{names}。",
    "Unknown emotion {name!r}. Choose one of: {choices}.": "未知情感{name!r}。请选择：{choices}。",
    "A level of {level:g} dB isn't possible. Use {low:g} to {high:g}.": (
        "音量变化不能为 {level:g} dB。请使用 {low:g} 到 {high:g}。"
    ),
    "The manner is too long. Use at most {most} characters.": "语气描述过长。请不超过 {most} 个字符。",
    "A shift of {pitch:g} semitones at rate {rate:g} isn't possible. Use up to {most:g} semitones and a rate "
    "of {low:g} to {high:g}.": (
        "无法把音高改变 {pitch:g} 个半音并以 {rate:g} 倍速朗读。"
        "音高最多改变 {most:g} 个半音，语速请用 {low:g} 到 {high:g}。"
    ),
    "The voice {name!r} isn't kept with this narration. Choose it again.": "该有声书未保存音色 {name!r}。请重新选择。",
    "No chapter is finished yet. Wait for the first one.": "还没有完成的章节。请等第一章完成。",
    # tools that a model may call
    "The expression is too long ({count} characters).": "算式过长（{count} 个字符）。",
    "{expression} can't be calculated.": "无法计算 {expression}。",
    "{source} and {target} don't measure the same.": "{source} 与 {target} 不是同类单位。",
    "{unit} is no unit of the table.": "单位表中没有 {unit}。",
    "{code} is not in the table of currencies.": "货币表中没有 {code}。",
    "A call must have the form {form}, not {written}.": "调用的格式须为 {form}，而不是 {written}。",
    "{tool}: the arguments must be an object.": "{tool}：参数须为对象。",
    "There is no tool {name}. The tools are: {choices}.": "没有名为 {name} 的工具。可用工具：{choices}。",
    "The reply has {count} calls; the limit is {most}.": "回复含 {count} 个调用，上限为 {most} 个。",
    "A call isn't JSON ({reason}): {written}": "调用不是 JSON（{reason}）：{written}",
    "A call doesn't end with {tag}: {written}": "调用未以 {tag} 结尾：{written}",
    "Two tools are called {name}. Rename one of them.": "有两个工具都叫 {name}。请为其中一个改名。",
    "There are {count} tools; the limit is {most}.": "共有 {count} 个工具，上限为 {most} 个。",
    "Tool {number} has no name. Write it as {form}.": "第 {number} 个工具没有名称。请写成 {form}。",
    "{name} can't be the name of a tool: use letters, digits, _ and -, 64 at most.": (
        "{name} 不能作为工具名称：请使用字母、数字、_ 和 -，最多 64 个。"
    ),
    '{tool}: the parameters must be an object, with "type": "object".': (
        '{tool}：参数定义须为对象，并带有 "type": "object"。'
    ),
    "{tool}: {place} has the keyword {keyword}, which isn't supported. Supported are: {keywords}.": (
        "{tool}：{place} 使用了不支持的关键字 {keyword}。支持：{keywords}。"
    ),
    "{tool}: {place} is no valid schema ({reason}).": "{tool}：{place} 不是有效的 schema（{reason}）。",
    "{tool}: {place} must be an object with a type.": "{tool}：{place} 须为带类型的对象。",
    "{tool}: {argument} is required, but isn't among the properties.": (
        "{tool}：{argument} 为必填项，但 properties 中没有它。"
    ),
    "{tool}: the argument {argument} is missing.": "{tool}：缺少参数 {argument}。",
    "{tool} has no argument {argument}. It has: {choices}.": "{tool} 没有参数 {argument}。它的参数：{choices}。",
    "none": "无",
    "{tool}: {argument} must be {wanted}, not {value}.": "{tool}：{argument} 须为{wanted}，而不是 {value}。",
    "one of {choices}": "以下之一：{choices}",
    "at least {limit}": "不小于 {limit}",
    "at most {limit}": "不大于 {limit}",
    "as its schema says ({rule})": "符合其 schema（{rule}）",
    "text": "文本",
    "a whole number": "整数",
    "a number": "数字",
    "true or false": "true 或 false",
    "a list": "列表",
    "an object": "对象",
    "null": "null",
    "There are no tools. Choose a set, or write at least one tool.": "没有工具。请选择一组工具，或至少编写一个。",
    "The tools are too long ({count:,} characters; the limit is {most:,}). Shorten them.": (
        "工具定义过长（{count:,} 个字符，上限为 {most:,}）。请缩短。"
    ),
    "Line {line}, column {column}: this is not JSON ({reason}).": "第 {line} 行第 {column} 列：不是 JSON（{reason}）。",
    "The JSON is nested too deeply. Make it flatter.": "JSON 嵌套过深。请减少层级。",
    # audio chat
    "a broken call was repaired": "已修复一处错误的调用",
    "Waiting for {name}…": "正在等待 {name}……",
    "run by {name}": "由 {name} 执行",
    "There are no tools called {name!r}. Choose a set from the list.": "没有名为 {name!r} 的工具。请从列表中选择一组。",
    "The tools of {name} can't be used ({reason}). Try again later, or choose another set of tools.": (
        "无法使用 {name} 的工具（{reason}）。请稍后再试，或选择其他工具集。"
    ),
    "{name} hasn't answered for {seconds:.0f} s. Try again later, or choose another set of tools.": (
        "{name} 已 {seconds:.0f} 秒没有响应。请稍后再试，或选择其他工具集。"
    ),
    "{name} sent more than {most} MB. Choose another set of tools.": (
        "{name} 发送了超过 {most} MB 的数据。请选择其他工具集。"
    ),
    "The server has more than {most} tools; the others are left out.": "该服务器的工具超过 {most} 个，其余已略去。",
    "There is no request. Record or type one.": "没有请求。请录制或输入。",
    "There are no calls to run. Write the calls first.": "没有可运行的调用。请先生成调用。",
    "The text is too large. Upload at most {most} MB.": "文本过大。最多上传 {most} MB。",
    "The file is no text in UTF-8. Save it as a text file and upload it again.": (
        "文件不是 UTF-8 文本。请另存为文本文件后重新上传。"
    ),
    "No tool fits this request, so nothing is called.": "没有适合此请求的工具，因此未调用。",
    "Tool": "工具",
    "Arguments": "参数",
    "Result": "结果",
    "{count} tools: {names}": "{count} 个工具：{names}",
    "{engine} can't do this: it is too small. Choose another conversation model: {able}.": (
        "{engine} 太小，无法完成此任务。请选择其他对话模型：{able}。"
    ),
    "Heard: {emotion}. “{words}”": "听到的情绪：{emotion}。“{words}”",
    "Style of the answer: {style}": "回答的风格：{style}",
    "answered by {engines}": "由 {engines} 回答",
    "first text after {seconds:.1f} s": "{seconds:.1f} 秒后出现首段文字",
    "first sound after {seconds:.1f} s": "{seconds:.1f} 秒后发出首段声音",
    "{count} steps, {milliseconds:.0f} ms each": "{count} 步，每步 {milliseconds:.0f} 毫秒",
    "{seconds:.1f} s in total": "共 {seconds:.1f} 秒",
    "the first {count} turns no longer fit and were left out": "最早的 {count} 轮对话已超出容量而被略去",
    "nothing about the voice": "对声音没有要求",
    "Asked: {wishes}.": "要求：{wishes}。",
    "this take": "本次语音",
    "without style": "无风格",
    "Pitch": "音高",
    "{hertz:.0f} Hz": "{hertz:.0f} Hz",
    "Pitch range": "音域",
    "{semitones:.1f} semitones": "{semitones:.1f} 个半音",
    "Rate": "语速",
    "{count:.1f} syllables/s": "每秒 {count:.1f} 个音节",
    "Level": "音量",
    "{level:.0f} dB": "{level:.0f} dB",
    "Interrupted. What you heard is remembered.": "已打断。您听到的部分已记住。",
    "Choice: {letter}": "选项：{letter}",
    "No choice was found in the answer.": "回答中没有找到选项。",
    "Nobody speaks.": "无人说话。",
    "The question is too long. Use at most {most} characters and {count} choices.": (
        "问题过长。最多 {most} 个字符、{count} 个选项。"
    ),
    "Listening…": "正在聆听……",
    # training
    "Training needs clips to learn from and others to check with. Add some clips.": (
        "训练既需要用于学习的音频，也需要另一些用于检验的音频。请添加音频。"
    ),
    "The loss of {names} is not a finite number. Remove these clips, or choose a lower learning rate.": (
        "{names} 的损失不是有限的数值。请移除这些音频，或选择更低的学习率。"
    ),
    "{folder} holds a run with other settings or clips. Choose another folder, or delete this one.": (
        "{folder} 中已有一次设置或音频不同的训练。请选择其他文件夹，或删除该文件夹。"
    ),
    "The adapter {adapter} was made for {base}, and this model's file {file} is another one. "
    "Choose the model it was made for, or train it again on this one.": (
        "适配器 {adapter} 是为 {base} 制作的，而此模型的文件 {file} 与其不同。"
        "请选择它所对应的模型，或在此模型上重新训练。"
    ),
    "The adapter {adapter} does not fit the model: {name} is missing or has another size. "
    "Choose the model it was made for.": (
        "适配器 {adapter} 与模型不匹配：{name} 缺失或大小不同。请选择它所对应的模型。"
    ),
    "The text of {name} has {count} tokens; a clip needs 1 to {most}. Correct it, or remove the clip.": (
        "{name} 的文本有 {count} 个词元；每段音频需要 1 到 {most} 个。请更正文本，或移除该音频。"
    ),
    "Preferences can only be learned by an adapter. Choose the method lora.": (
        "只有适配器才能学习偏好。请选择 lora 方法。"
    ),
    "{folder} holds no whole adapter: {card} or {tensors} is missing or damaged. Train it again, or copy it again.": (
        "{folder} 中没有完整的适配器：{card} 或 {tensors} 缺失或已损坏。请重新训练，或重新复制。"
    ),
}
MESSAGES_ZH |= {
    # training of names and terms
    "There are no sentences in {language} yet. Choose one of: {choices}.": "{language}还没有例句。请选择：{choices}。",
    "{least} to {most} names and terms can be learned at a time; got {given}.": (
        "一次可以学习 {least} 到 {most} 个名称和术语，实际为 {given} 个。"
    ),
    "{term!r} is too long ({length} characters; at most {most}). Shorten it.": (
        "{term!r} 过长（{length} 个字符，最多 {most} 个）。请缩短。"
    ),
    "{term!r} can't be learned. Write a name or term in letters, as it is spoken.": (
        "无法学习 {term!r}。请按读音用文字写出名称或术语。"
    ),
    "The clip {name} isn't there any more. Start the training again.": "音频 {name} 已不存在。请重新开始训练。",
    "Training needs PyTorch. Install it with `{command}`.": "训练需要 PyTorch。请用 `{command}` 安装。",
    "{clip} has {seconds:.1f} s. A clip to learn from has {least:g} to {most:g} s. Cut it or leave it out.": (
        "{clip} 长 {seconds:.1f} 秒。用于学习的音频应为 {least:g} 到 {most:g} 秒。请剪短或去掉它。"
    ),
    "{clip} is silent or has no words. Write what is said, or leave it out.": (
        "{clip} 没有声音或没有文字。请写出说的内容，或去掉它。"
    ),
    "This trained model doesn't exist any more. Choose another one, or train it again.": (
        "这个训练好的模型已不存在。请选择其他模型，或重新训练。"
    ),
    "{name} can't be used here. Choose another model.": "此处无法使用 {name}。请选择其他模型。",
    "This trained model needs {engine}, which this server doesn't offer. Choose another model.": (
        "这个训练好的模型需要 {engine}，而本服务器不提供该模型。请选择其他模型。"
    ),
    "No model here can use the adapter {adapter}, which was trained by {recipe!r}. Known are: {known}.": (
        "这里没有模型能使用适配器 {adapter}，它由 {recipe!r} 训练。可用的有：{known}。"
    ),
    "The file can't be read. Choose the ZIP that this page or the command made.": (
        "无法读取该文件。请选择本页或命令生成的 ZIP。"
    ),
    "{files} is missing. Choose the ZIP of an adapter, or both of its files.": (
        "缺少 {files}。请选择适配器的 ZIP 或其两个文件。"
    ),
    "The adapter is larger than {most:.0f} GB. Use a smaller one.": "适配器超过 {most:.0f} GB。请使用较小的适配器。",
    "CosyVoice's Parquet files need the package pyarrow (55 MB). Install it with `{command}`, or use the "
    "folder with wav.scp.": (
        "CosyVoice 的 Parquet 文件需要 pyarrow 软件包（55 MB）。请用 `{command}` 安装，或使用含 wav.scp 的文件夹。"
    ),
    "{file} has no column {names}. Make it again.": "{file} 缺少列 {names}。请重新生成。",
    "{file} is no Parquet file, or damaged. Make it again.": "{file} 不是 Parquet 文件，或已损坏。请重新生成。",
    "{file}: utterance {id!r} has no usable {name}.": "{file}：条目 {id!r} 没有可用的 {name}。",
    "There is no adapter yet. Add one first.": "还没有适配器。请先添加一个。",
    "There are no texts yet. Write some that were not trained on, one a line.": (
        "还没有文本。请填写一些未参与训练的文本，每行一条。"
    ),
    "No file yet. Choose the ZIP of an adapter, or both of its files.": (
        "还没有文件。请选择适配器的 ZIP 或其两个文件。"
    ),
    "{title} is offered wherever you choose such a model.": "凡可选择此类模型之处，均已提供 {title}。",
    "Deleted.": "已删除。",
    "Base": "基础模型",
    "Date": "日期",
    "Data": "数据",
    "Consent": "授权",
    "Held-out {measure}": "验证数据的 {measure}",
    "Card of the adapter": "适配器说明",
    "Adapter": "适配器",
    "Utterances with an error": "有错误的条目",
    "Similarity of the voice": "音色相似度",
    "On {count} held-out items": "在 {count} 条验证数据上",
    "Held-out items": "验证用条目",
    "Question": "问题",
    "Answers": "回答",
    "One item is too few to tell a difference from chance.": "只有一条数据，无法判断差异是否偶然。",
    "{points:+.1f} points": "{points:+.1f} 个百分点",
    "Adapter less base: {points}, more than chance (p = {p:.3f}).": (
        "适配器相比基础模型：{points}，差异显著（p = {p:.3f}）。"
    ),
    "Adapter less base: {points}, which may be chance (p = {p:.3f}).": (
        "适配器相比基础模型：{points}，可能只是偶然（p = {p:.3f}）。"
    ),
    "Trains SenseVoice on clips with their texts: a dialect, a domain, its labels.": (
        "用音频及其文本训练 SenseVoice：方言、领域词汇及标签。"
    ),
    "FUNAUDIO_ADAPTERS_DIR is {path}, which is no folder. Create it or unset it.": (
        "FUNAUDIO_ADAPTERS_DIR 为 {path}，它不是文件夹。请创建该文件夹，或取消此设置。"
    ),
}
MESSAGES_ZH |= {
    # the train page
    "An internal error stopped the training. What is done is kept; press Go on to try again.": (
        "内部错误中断了训练。已完成的部分均已保留；请点击“继续”重试。"
    ),
    "Training is off on this server. Its owner turns it on with {setting}.": (
        "本服务器未开放训练。服务器所有者可用 {setting} 开启。"
    ),
    "Training doesn't run on ZeroGPU, whose GPUs are lent for a minute. Run the app elsewhere.": (
        "ZeroGPU 的 GPU 每次只借用一分钟，无法训练。请在其他环境运行本应用。"
    ),
    "The training has begun, so the clips can't be changed any more. Start a new run.": (
        "训练已开始，音频不能再修改。请新建一次训练。"
    ),
    "There is no clip {number}. Reload the page.": "没有音频 {number}。请重新加载页面。",
    "Clip {number} has no words. Write what is said, or leave it out.": (
        "音频 {number} 没有文字。请填写所说内容，或将其排除。"
    ),
    "A training of yours is under way. Wait for it, or stop it.": "您已有一次训练正在进行。请等待其完成，或将其停止。",
    "No clip is kept. Keep some of them.": "没有保留任何音频。请至少保留几条。",
    "{file} was deleted after a while. Choose it again.": "{file} 已过期删除。请重新选择。",
    "The recordings have {minutes:.0f} minutes; a run takes {most:.0f}. Leave some out.": (
        "录音共 {minutes:.0f} 分钟；一次训练最多 {most:.0f} 分钟。请删去一些。"
    ),
    "Measures": "指标",
    "Names and terms": "人名和术语",
    "Training loss": "训练损失",
    "Loss by step: training and held-out data": "各步的损失：训练集与验证集",
    "Step {step}: {loss:.3f}": "第 {step} 步：{loss:.3f}",
    "{title} is offered wherever you choose a recognition model.": "凡可选择识别模型之处，均已提供 {title}。",
    "{seconds:.0f} s": "{seconds:.0f} 秒",
    "Length": "时长",
    "Spoken by": "朗读者",
    "Used": "使用",
    "Words": "文字",
    "Clips": "音频",
    "Words of clip {number}": "音频 {number} 的文字",
    "Use clip {number}": "使用音频 {number}",
    "Play: {text}": "播放：{text}",
    "You left it out.": "您已将其排除。",
    "{clips} clips are used. The training takes about {time}, up to {memory:.1f} GB of memory and "
    "{disk:.0f} MB on the disk, when nobody else uses the server.": (
        "将使用 {clips} 条音频。无其他人使用服务器时，训练约需 {time}，内存最多 {memory:.1f} GB，磁盘 {disk:.0f} MB。"
    ),
    "There are {count} sentences; a run takes {most}. Leave some out.": (
        "共有 {count} 句；一次训练最多 {most} 句。请删去一些。"
    ),
    "Sentence {number} has {count} characters; at most {most} are allowed. Shorten it.": (
        "第 {number} 句有 {count} 个字符；最多允许 {most} 个。请缩短。"
    ),
    "No sentence contains {terms}. Add one, or have the sentences written again.": (
        "没有句子包含 {terms}。请添加句子，或重新生成句子。"
    ),
    "There are {count} recordings; a run takes {most}. Leave some out.": (
        "共有 {count} 个录音；一次训练最多 {most} 个。请删去一些。"
    ),
    "This training has stopped. Go on with it on the page, or begin another one.": (
        "该训练已停止。请在页面上继续，或新建一次训练。"
    ),
    "This training isn't finished. Ask training_progress, and try again later.": (
        "该训练尚未完成。请用 training_progress 查询，稍后再试。"
    ),
    "Trains CosyVoice on clips of one speaker, so that it speaks in that voice.": (
        "用一位说话人的音频训练 CosyVoice，使其以该音色说话。"
    ),
    "Trains Fun-Audio-Chat on conversations, so that it answers as yours.": (
        "用对话训练 Fun-Audio-Chat，使其按您的方式回答。"
    ),
    "A GPU": "GPU",
    "A GPU: this server has none for training": "GPU：本服务器没有可用于训练的 GPU",
    "The checkpoint of {engine}": "{engine} 的检查点",
    "The checkpoint of {engine}: not on this server": "{engine} 的检查点：本服务器上没有",
    "The owner of the server runs it from the command line:": "由服务器所有者在命令行运行：",
    "Preparing the training": "正在准备训练",
    "Speaking the sentences that are only measured": "正在朗读仅用于检验的句子",
    "Reading the clips": "正在读取音频",
    "Training, steps": "训练步数",
    "Checking on held-out sentences": "正在用验证句子检验",
    "Making the recognizer": "正在生成识别模型",
    "Waiting: another training is under way. Yours starts by itself, also when you close the page.": (
        "等待中：另一次训练正在进行。您的训练会自动开始，关闭页面也不影响。"
    ),
    "Making the clips: {done} of {total}…": "正在生成音频：{done} / {total}……",
    "The clips are made. Listen to some, correct what is wrong, then start the training.": (
        "音频已生成。请试听一些，改正有误之处，然后开始训练。"
    ),
    "Stopped. What is done is kept; press Go on to continue.": "已停止。已完成的部分均已保留；点击“继续”可接着进行。",
    "Finished. Hear the difference below.": "已完成。请在下方试听对比。",
    "{phase}: {done} of {total}": "{phase}：{done} / {total}",
    "Epoch": "轮次",
    "Held-out loss": "验证损失",
    "kept": "保留",
    "Names and terms right": "人名和术语正确率",
    "Errors in sentences with them": "含有它们的句子的错误率",
    "Errors in other sentences": "其他句子的错误率",
    "On clips that were not trained on": "在未参与训练的音频上",
    "after": "训练后",
    "before": "训练前",
    "Name or term": "人名或术语",
    "Verdict": "结论",
    "right after": "训练后正确",
    "right before": "训练前正确",
    "✗ worse than before": "✗ 不如以前",
    "✓ known before": "✓ 原本就会",
    "✓ learned": "✓ 已学会",
    "◐ learned in part": "◐ 部分学会",
    "✗ not learned": "✗ 未学会",
    "Recognized after": "训练后识别",
    "Recognized before": "训练前识别",
    "Said": "所说内容",
    "Held-out clips": "验证用音频",
    "Deleted: clips, features and adapter.": "已删除音频、特征和适配器。",
    "Private link to this run. Anyone who has it can hear, use and delete it.": (
        "本次训练的私有链接。拥有链接者可试听、使用和删除。"
    ),
    "There is no run yet. Begin with your names and terms.": "还没有训练。请从人名和术语开始。",
}
MESSAGES_ZH |= {label.en: label.zh for label in (*EMOTIONS.values(), *EVENTS.values())}
MESSAGES_ZH |= {text: row.chinese for code, row in LANGUAGES.items() for text in (row.name, display_name(code))}
