"""Strings of the page, except messages that the server sends."""

from __future__ import annotations

from tabs.components.strings import add_strings

CONSENT = "train.consent"  # the English string is kept with the recordings
add_strings(
    {
        "train.tab": ("Train", "训练"),
        "train.about": (
            "Teach the recognizer your names and terms: it learns from sentences that our voices speak.",
            "让语音识别学会您的人名和术语：由我们的音色朗读包含这些词的句子，识别模型从中学习。",
        ),
        "train.target": ("Train", "训练内容"),
        "train.target.words": ("My words (recognition)", "我的词语（语音识别）"),
        "train.target.recognizer": ("My recognizer (SenseVoice)", "我的识别模型（SenseVoice）"),
        "train.target.voice": ("My voice (CosyVoice)", "我的音色（CosyVoice）"),
        "train.target.assistant": ("My assistant (Fun-Audio-Chat)", "我的助手（Fun-Audio-Chat）"),
        # 1, data
        "train.data": ("## 1 · Data", "## 1 · 数据"),
        "train.terms": ("Names and terms, one a line", "人名和术语，每行一个"),
        "train.terms.example": ("Quorivane\nTessalode", "洛霄遥\n琼玑"),
        "train.language": ("Language", "语言"),
        "train.write": ("Write sentences", "生成句子"),
        "train.sentences": (
            "Sentences that are spoken, one a line: change, add or delete what you like",
            "要朗读的句子，每行一句：可修改、增删",
        ),
        "train.own": ("Your own recordings (optional)", "您自己的录音（可选）"),
        "train.own.files": (
            "Recordings; a text file of the same name holds the words",
            "录音；可附上同名文本文件作为文字内容",
        ),
        CONSENT: (
            "This is my own voice, or I have the speaker's permission to train with it. "
            "This sentence is kept with the recordings.",
            "这是我本人的声音，或我已获得说话人的授权用于训练。此声明与录音一并保存。",
        ),
        "train.prepare": ("Speak the sentences", "朗读这些句子"),
        "train.run": ("Run it now", "立即运行"),
        # 2, check
        "train.check": ("## 2 · Check", "## 2 · 检查"),
        "train.check.later": (
            "The clips appear here while they are made. You can listen to each, correct its words or leave it out.",
            "音频生成后会显示在这里。您可以逐条试听、修改文字或将其排除。",
        ),
        # 3, train
        "train.training": ("## 3 · Train", "## 3 · 训练"),
        "train.training.later": (
            "The losses and the measures of each epoch appear here.",
            "训练损失和每轮的指标会显示在这里。",
        ),
        "train.start": ("Start the training", "开始训练"),
        "train.stop": ("Stop", "停止"),
        "train.resume": ("Go on", "继续"),
        # 4, listen
        "train.listen": ("## 4 · Listen", "## 4 · 试听对比"),
        "train.listen.later": (
            "Clips that were not trained on appear here, with what is recognized before and after.",
            "未参与训练的音频及其训练前后的识别结果会显示在这里。",
        ),
        "train.use": ("Use it on Recognize", "用于语音识别页"),
        "train.download": ("Download the adapter", "下载适配器"),
        "train.delete": ("Delete the run", "删除本次训练"),
        "train.delete_question": (
            "Delete the clips, the features and the adapter? This can't be undone.",
            "要删除音频、特征和适配器吗？此操作无法撤销。",
        ),
    }
)
