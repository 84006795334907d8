"""Strings of the page, except messages that the server sends."""

from __future__ import annotations

from tabs.components.strings import add_strings

# Of the player, by the names that its script uses.
PLAYER = (
    *("player", "play", "back", "ahead", "chapter", "speed", "edit", "position", "page"),
    *("made", "left", "running", "paused", "finished", "failed", "flags", "heard", "waiting"),
)
add_strings(
    {
        "audiobook.tab": ("Audiobook", "有声书"),
        "audiobook.about": (
            "Reads a book aloud: a narrator, a voice for each character, and feeling.",
            "朗读整本书：有旁白，每个人物各有音色，并带感情。",
        ),
        "audiobook.narrator": ("Narrator", "旁白"),
        "audiobook.unknown": ("Somebody", "未知说话人"),
        "audiobook.whispered": ("Whispered", "低语"),
        # the book
        "audiobook.file": ("Book: EPUB, TXT, HTML, DOCX, PDF", "图书：EPUB、TXT、HTML、DOCX、PDF"),
        "audiobook.paste": ("Or paste a text", "或粘贴文本"),
        "audiobook.take": ("Use this text", "使用该文本"),
        "audiobook.sample.en": ("Sample story in English", "英文示例故事"),
        "audiobook.sample.zh": ("Sample story in Chinese", "中文示例故事"),
        "audiobook.chapters": ("Chapters to narrate", "要朗读的章节"),
        "audiobook.all": ("Tick all", "全选"),
        "audiobook.none": ("Tick none", "全不选"),
        "audiobook.options": ("Options", "选项"),
        "audiobook.title": ("Title", "书名"),
        "audiobook.author": ("Author", "作者"),
        "audiobook.language": ("Language of the book", "图书语言"),
        "audiobook.notes": ("Read notes, each after its sentence", "朗读注释（在所属句子之后）"),
        "audiobook.rate": ("Pace of the narrator", "旁白语速"),
        "audiobook.pause": ("Length of pauses", "停顿长度"),
        "audiobook.check": (
            "Transcribe every sentence and flag what isn't understood",
            "逐句复听，标出听不清的句子",
        ),
        "audiobook.pronunciations": (
            "Pronunciations, one per line: word = respelling, or word = /IPA/",
            "读音表，每行一条：词 = 拼读，或 词 = /国际音标/",
        ),
        "audiobook.listen": ("Listen", "开始收听"),
        "audiobook.prepare": ("See the cast first", "先看角色表"),
        "audiobook.stored": ("Stored demonstration", "预先生成的演示"),
        # the player
        "audiobook.player": ("Read-along player", "跟读播放器"),
        "audiobook.player.play": ("Play or pause", "播放或暂停"),
        "audiobook.player.back": ("15 seconds back", "后退 15 秒"),
        "audiobook.player.ahead": ("15 seconds ahead", "前进 15 秒"),
        "audiobook.player.chapter": ("Chapter", "章节"),
        "audiobook.player.speed": ("Speed", "倍速"),
        "audiobook.player.edit": ("Change this line", "修改此句"),
        "audiobook.player.position": ("Position in the chapter", "章节内位置"),
        "audiobook.player.page": (
            "Text of the chapter. Space plays or pauses, the left and right arrows move by 5 seconds, Enter changes "
            "the current line.",
            "章节文本。空格键播放或暂停，左右方向键移动 5 秒，回车键修改当前句。",
        ),
        "audiobook.player.made": (
            "{done} of {all} chapters finished, {time} of sound",
            "已完成 {done} / {all} 章，共 {time}",
        ),
        "audiobook.player.left": ("about {time} to go", "约剩 {time}"),
        "audiobook.player.running": ("narrating", "朗读中"),
        "audiobook.player.paused": ("paused", "已暂停"),
        "audiobook.player.finished": ("finished", "已完成"),
        "audiobook.player.failed": ("stopped by an error", "因错误停止"),
        "audiobook.player.waiting": ("the next sentences are being spoken…", "后面的句子正在生成……"),
        "audiobook.player.flags": ("Sentences to check: {count}", "待检查的句子：{count}"),
        "audiobook.player.heard": ("(heard: {words})", "（听成：{words}）"),
        # the narration
        "audiobook.pause_making": ("Pause narrating", "暂停制作"),
        "audiobook.resume_making": ("Go on narrating", "继续制作"),
        "audiobook.delete": ("Delete the narration", "删除该有声书"),
        "audiobook.delete_question": (
            "Delete the narration with all its sound and changes? This can't be undone.",
            "要删除该有声书及其全部声音和修改吗？此操作无法撤销。",
        ),
        # one line
        "audiobook.line": ("The line", "所选句子"),
        "audiobook.line.speaker": ("Speaker", "说话人"),
        "audiobook.line.emotion": ("Feeling", "情绪"),
        "audiobook.line.level": ("Louder or softer (dB)", "音量增减（dB）"),
        "audiobook.line.manner": ("Manner, in a few words", "语气（几个词）"),
        "audiobook.line.said": ("Spoken as (empty = as written)", "读作（留空则按原文）"),
        "audiobook.line.save": ("Save and speak it again", "保存并重新朗读"),
        # the cast
        "audiobook.cast": ("Cast: who speaks with which voice", "角色表：各角色的音色"),
        "audiobook.cast.lines": ("Lines", "句数"),
        "audiobook.cast.sex": ("Sex", "性别"),
        "audiobook.cast.female": ("female", "女"),
        "audiobook.cast.male": ("male", "男"),
        "audiobook.cast.extra": ("shared by minor characters", "次要角色共用"),
        "audiobook.cast.role": ("Character", "角色"),
        "audiobook.cast.pitch": ("Pitch (semitones)", "音高（半音）"),
        "audiobook.cast.rate": ("Rate", "语速"),
        "audiobook.cast.save": ("Use this voice", "使用该音色"),
        "audiobook.cast.listen": ("Hear a sample", "试听"),
        "audiobook.cast.heard": ("Sample of the character", "角色试听"),
        "audiobook.cast.into": ("Merge into", "合并到"),
        "audiobook.cast.merge": ("Merge", "合并"),
        "audiobook.cast.clip": ("A voice from your own clip", "用您自己的音频作为音色"),
        "audiobook.cast.clone": ("Give the character this voice", "将该音色用于此角色"),
        "audiobook.cast.download": ("Download the cast", "下载角色表"),
        "audiobook.cast.upload": (
            "Cast of another volume (JSON): its characters keep their voices",
            "另一卷的角色表（JSON）：同名角色沿用原音色",
        ),
        # exports
        "audiobook.export": ("Take the finished chapters away", "导出已完成的章节"),
        "audiobook.export.kind": ("Format", "格式"),
        "audiobook.export.run": ("Make the file", "生成文件"),
        "audiobook.export.m4b": ("M4B: audiobook with chapters and cover", "M4B：带章节和封面的有声书"),
        "audiobook.export.mp3": ("MP3 with chapters", "MP3（带章节）"),
        "audiobook.export.m4a": ("M4A with chapters", "M4A（带章节）"),
        "audiobook.export.wav": ("WAV", "WAV"),
        "audiobook.export.flac": ("FLAC, a file for each chapter", "FLAC（每章一个文件）"),
        "audiobook.export.epub": ("EPUB 3 to read along", "EPUB 3（同步跟读）"),
        "audiobook.export.srt": ("SRT subtitles", "SRT 字幕"),
        "audiobook.export.vtt": ("VTT subtitles by word, with names", "VTT 字幕（逐词，带人名）"),
        "audiobook.export.json": ("JSON: lines, speakers and times", "JSON：句子、说话人与时间"),
    }
)
