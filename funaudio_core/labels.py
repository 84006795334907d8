"""The one home of emotion and event labels: codes, names, marks and colours. Knows no engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One label. color: CSS hex, chosen to stay readable on light and dark pages."""

    code: str
    en: str
    zh: str
    mark: str
    color: str


EMOTIONS: dict[str, Label] = {
    label.code: label
    for label in (
        Label("neutral", "neutral", "平静", "😐", "#8a8f98"),
        Label("happy", "happy", "高兴", "😊", "#d99a00"),
        Label("sad", "sad", "悲伤", "😔", "#3f7fd0"),
        Label("angry", "angry", "愤怒", "😡", "#d0443f"),
        Label("fear", "fearful", "恐惧", "😰", "#8a5fd0"),
        Label("surprise", "surprised", "惊讶", "😮", "#d06fb0"),
        Label("disgust", "disgusted", "厌恶", "🤢", "#6f9a3f"),
    )
}

EVENTS: dict[str, Label] = {
    label.code: label
    for label in (
        Label("speech", "speech", "语音", "🗣️", "#2f9e8f"),
        Label("music", "music", "音乐", "🎼", "#c77dff"),
        Label("singing", "singing", "歌唱", "🎤", "#ff7d9c"),
        Label("laughter", "laughter", "笑声", "😀", "#ffb703"),
        Label("applause", "applause", "掌声", "👏", "#fb8500"),
        Label("crying", "crying", "哭声", "😭", "#457b9d"),
        Label("cough", "cough", "咳嗽", "😷", "#7f8c5a"),
        Label("sneeze", "sneeze", "喷嚏", "🤧", "#5a8c7f"),
        Label("breath", "breath", "呼吸", "💨", "#9aa5b1"),
    )
}
