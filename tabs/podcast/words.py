"""Strings of the Podcast page in English and Chinese."""

from __future__ import annotations

from tabs.components.strings import add_strings

add_strings(
    {
        "podcast.tab": ("Podcast", "播客"),
        "podcast.about": (
            "Turns a text or a script into a show of several hosts, which you can interrupt with a question.",
            "把文本或脚本变成多位主持人的节目，您可以随时打断提问。",
        ),
        "podcast.note": (
            "Without a chat model the script is arranged from sentences of your text; a chat model links them, or "
            "writes about a topic. Answers are sentences of the text. English and Chinese.",
            "不用对话模型时，脚本由原文句子编排而成；对话模型可以撰写串联语，也可以围绕话题写作。回答取自原文。支持英语和中文。",
        ),
        "podcast.writer": ("Script by", "脚本撰写"),
        "podcast.writer.none": ("Sentences of the text, without a model", "原文句子，不用模型"),
        "podcast.writer.how": (
            "A chat model writes what the hosts say between the sentences, or a whole show about the topic.",
            "对话模型撰写主持人的串联语，也可以就话题写出整期节目。",
        ),
        "podcast.text": ("Text, web page (HTML) or finished script", "文本、网页（HTML）或现成脚本"),
        "podcast.file": ("Or a file", "或上传文件"),
        "podcast.kind": ("What it is", "内容类型"),
        "podcast.kind.arrange": ("A text to arrange", "待编排的文本"),
        "podcast.kind.script": ("A finished script", "现成脚本"),
        "podcast.topic": ("Topic (optional with a text)", "话题（有文本时可不填）"),
        "podcast.minutes": ("Minutes", "分钟"),
        "podcast.form": ("Form", "形式"),
        "podcast.form.conversation": ("Conversation", "对谈"),
        "podcast.form.interview": ("Interview", "访谈"),
        "podcast.form.debate": ("Debate", "辩论"),
        "podcast.form.briefing": ("Briefing", "简报"),
        "podcast.count": ("Hosts", "主持人数"),
        "podcast.make": ("Make the script", "生成脚本"),
        "podcast.table": ("Script (edit any cell)", "脚本（可直接修改）"),
        "podcast.hosts": ("Hosts", "主持人"),
        "podcast.name": ("Name", "名字"),
        "podcast.manner": ("Manner", "语气"),
        "podcast.manner.hint": ("calm, fast, cheerful …", "平静、快、开心……"),
        "podcast.own": ("Your own clip as a host's voice", "用您自己的录音作为主持人音色"),
        "podcast.play": ("Play the show", "播放节目"),
        "podcast.music": ("Music in the files", "文件中的音乐"),
        "podcast.music.none": ("None", "无"),
        "podcast.music.calm": ("Calm", "舒缓"),
        "podcast.music.bright": ("Bright", "明快"),
        "podcast.music.pulse": ("Pulse", "律动"),
        "podcast.files": ("Make the files", "生成文件"),
        "podcast.mp3": ("MP3", "MP3"),
        "podcast.m4a": ("M4A", "M4A"),
        "podcast.scripts": ("Script as a file", "下载脚本"),
        "podcast.txt": ("Text", "文本"),
        "podcast.fountain": ("Fountain", "Fountain"),
        "podcast.sample": ("Sample texts", "示例文本"),
        "podcast.talk": ("Talk", "说话"),
        "podcast.talk.how": (
            "Hold to talk (also the space bar while this button has the focus)",
            "按住说话（按钮获得焦点时也可按住空格键）",
        ),
        "podcast.listening": ("Listening… release when you have finished", "正在听……说完请松开"),
        "podcast.say": ("Ask or tell the hosts something", "向主持人提问或发表看法"),
        "podcast.send": ("Send", "发送"),
        "podcast.next": ("Next topic", "下一个话题"),
        "podcast.repeat": ("Repeat", "再说一遍"),
        "podcast.slower": ("Slower", "慢一点"),
        "podcast.faster": ("Faster", "快一点"),
        "podcast.hands_free": ("Hands-free (use headphones)", "免按键（请戴耳机）"),
        "podcast.microphone": (
            "The microphone can't be used. Allow it in the browser, or type.",
            "无法使用麦克风。请在浏览器中允许，或改为打字。",
        ),
        "podcast.stage": ("Join in", "参与节目"),
        "podcast.transcript": ("Transcript", "文字记录"),
        "podcast.you": ("You", "您"),
    }
)
