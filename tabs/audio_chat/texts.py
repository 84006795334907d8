"""Strings of the Audio chat page."""

from __future__ import annotations

from tabs.components.strings import add_strings

add_strings(
    {
        "audio_chat.tab": ("Audio chat", "语音大模型"),
        "audio_chat.about": (
            "Talk with a large audio language model: it answers questions, understands recordings, calls tools, plays "
            "roles and hears how you feel.",
            "与语音大模型对话：回答问题、理解录音、调用工具、扮演角色、感知您的情绪。",
        ),
        "audio_chat.note.full": (
            "Fun-Audio-Chat hears the recording itself and writes text and speech together. It may forget earlier "
            "turns, and style varies from take to take.",
            "Fun-Audio-Chat 直接聆听录音，同时生成文本与语音。它可能忘记较早的对话，每次回答的风格也会有所不同。",
        ),
        "audio_chat.note.remote": (
            "A model on another server hears the recording itself, and answers in text only; a speech model here "
            "speaks its answers.",
            "另一台服务器上的模型直接聆听录音，但只用文字回答；回答由本服务器的语音合成模型朗读。",
        ),
        "audio_chat.note.lite": (
            "This chat model can't hear: it reads what was recognized, sound events, speakers and an emotion that is "
            "estimated mostly from the words. A speech model speaks its answers.",
            "此对话模型不能直接聆听：它读取识别出的文字、声音事件、说话人，以及主要由文字估计的情绪；回答由语音合成模型朗读。",
        ),
        "audio_chat.note.small": (
            "This small model only chats, in English. It answers no questions about a recording, calls no tools and "
            "plays no roles: choose Qwen2.5-Coder-1.5B for these.",
            "此小模型仅能用英语闲聊，不能理解录音、调用工具或扮演角色；如需这些功能，请选择 Qwen2.5-Coder-1.5B。",
        ),
        "audio_chat.model": ("Conversation model", "对话模型"),
        "audio_chat.voice": ("Voice of the answers", "回答的音色"),
        "audio_chat.run": ("Answer", "回答"),
        "audio_chat.interrupt": ("Interrupt", "打断"),
        "audio_chat.answer": ("Answer", "回答"),
        "audio_chat.heard": ("What was heard", "听到的内容"),
        "audio_chat.type": ("Or type it", "或输入文字"),
        "audio_chat.type.hint": ("Enter sends", "按回车键发送"),
        "audio_chat.send": ("Send", "发送"),
        # spoken questions
        "audio_chat.questions": ("Spoken questions", "语音问答"),
        "audio_chat.questions.clip": ("Ask a question", "提问"),
        "audio_chat.history": ("Conversation", "对话"),
        "audio_chat.history.empty": ("Record a question, or type one.", "请录制或输入问题。"),
        "audio_chat.clear": ("Clear", "清空"),
        # audio understanding
        "audio_chat.understanding": ("Audio understanding", "音频理解"),
        "audio_chat.understanding.clip": ("A recording", "录音"),
        "audio_chat.question": ("Question about the recording", "关于录音的问题"),
        "audio_chat.choices": ("Choices, one a line (optional)", "选项，每行一个（可选）"),
        # function calling
        "audio_chat.calling": ("Function calling", "函数调用"),
        "audio_chat.calling.clip": ("Ask for something", "提出请求"),
        "audio_chat.set": ("Set of tools", "工具集"),
        "audio_chat.set.weather_timer": ("Weather and timer", "天气与计时"),
        "audio_chat.set.home": ("Home", "家居"),
        "audio_chat.set.calendar": ("Calendar", "日历"),
        "audio_chat.set.car": ("Car", "汽车"),
        "audio_chat.tools": ("Tools, as JSON schemas", "工具（JSON schema）"),
        "audio_chat.document": ("Text to search (optional)", "供搜索的文本（可选）"),
        "audio_chat.call": ("Write the calls", "生成调用"),
        "audio_chat.execute": ("Run it", "运行"),
        "audio_chat.calls": ("Calls", "调用"),
        "audio_chat.reply": ("As the model wrote it", "模型原文"),
        # instruction following
        "audio_chat.manner": ("Instruction following", "指令遵循"),
        "audio_chat.manner.clip": ("Say what to say, and how", "说明内容与说话方式"),
        "audio_chat.manner.type": ("Or type it", "或输入文字"),
        "audio_chat.persona": ("Role of the model", "模型的角色"),
        "audio_chat.asked": ("What was asked, and what the take measures", "要求与实测"),
        # empathy
        "audio_chat.empathy": ("Voice empathy", "语音共情"),
        "audio_chat.empathy.first": ("Said one way, such as sadly", "一种语气，例如悲伤"),
        "audio_chat.empathy.second": (
            "The same words said otherwise, such as happily",
            "同样的话换一种语气，例如高兴",
        ),
        "audio_chat.empathy.run": ("Answer both", "分别回答"),
        "audio_chat.empathy.with": ("With the emotion that was heard", "感知情绪时的回答"),
        "audio_chat.empathy.without": ("Without it: the same words as text", "不感知情绪时的回答（仅文字）"),
    }
)
