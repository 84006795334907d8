"""Strings of the panel for adapters that are trained elsewhere, except messages that the server sends."""

from __future__ import annotations

from tabs.components.strings import add_strings

PANEL = "train.added"
add_strings(
    {
        PANEL: ("## Add an adapter", "## 添加适配器"),
        "train.added.about": (
            "The command writes a folder with `adapter.safetensors` and `adapter.json`. Choose these two files, or a "
            "ZIP of them: the model is then in your pickers, for 24 hours after its last use.",
            "训练命令会生成包含 `adapter.safetensors` 和 `adapter.json` 的文件夹。请选择这两个文件或其 ZIP："
            "该模型随后会出现在您的模型列表中，最后一次使用后保留 24 小时。",
        ),
        "train.added.files": ("Adapter (ZIP, or both files)", "适配器（ZIP 或两个文件）"),
        "train.added.add": ("Add it", "添加"),
        "train.added.choice": ("Your adapters", "您的适配器"),
        "train.added.use": ("Use it", "使用"),
        "train.added.delete": ("Delete the adapter", "删除适配器"),
        "train.added.delete_question": (
            "Delete the adapter from this server? This can't be undone.",
            "要从本服务器删除该适配器吗？此操作无法撤销。",
        ),
        "train.added.listen": ("## Listen: base and adapter side by side", "## 试听：基础模型与适配器对比"),
        "train.added.reference": ("Voice in which both speak", "两者使用的音色"),
        "train.added.texts": (
            "Held-out texts, one a line: sentences to speak, or questions for an assistant",
            "未参与训练的文本，每行一条：要朗读的句子，或向助手提出的问题",
        ),
        "train.added.recordings": (
            "Held-out recordings for a recognizer: a ZIP, or a list with its recordings, or recordings with "
            "transcripts (.txt)",
            "供语音识别使用的未参与训练的录音：ZIP，或列表及其录音，或录音及同名转写（.txt）",
        ),
        "train.added.compare": ("Compare", "对比"),
    }
)
