"""Emotion and event labels: codes, names, emoji, colors and tags."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """Emotion or event label.

    Attributes:
        code: Code in the app.
        en: English name.
        zh: Chinese name.
        emoji: Emoji of the label.
        color: CSS hex color, readable on light and dark pages.
        tag: Name in FunAudioLLM's models, between <| and |>; "" if they lack it.
    """

    code: str
    en: str
    zh: str
    emoji: str
    color: str
    tag: str = ""


EMOTIONS: dict[str, Label] = {
    label.code: label
    for label in (
        Label("neutral", "neutral", "中性", "😐", "#8a8f98", "NEUTRAL"),
        Label("happy", "happy", "高兴", "😊", "#d99a00", "HAPPY"),
        Label("sad", "sad", "悲伤", "😔", "#3f7fd0", "SAD"),
        Label("angry", "angry", "愤怒", "😡", "#d0443f", "ANGRY"),
        Label("fear", "fearful", "恐惧", "😰", "#8a5fd0", "FEARFUL"),
        Label("surprise", "surprised", "惊讶", "😮", "#d06fb0", "SURPRISED"),
        Label("disgust", "disgusted", "厌恶", "🤢", "#6f9a3f", "DISGUSTED"),
    )
}

EVENTS: dict[str, Label] = {
    label.code: label
    for label in (
        Label("speech", "speech", "语音", "🗣️", "#2f9e8f", "Speech"),
        Label("music", "music", "音乐", "🎼", "#c77dff", "BGM"),
        Label("singing", "singing", "歌唱", "🎤", "#ff7d9c", "Sing"),
        Label("laughter", "laughter", "笑声", "😀", "#ffb703", "Laughter"),
        Label("applause", "applause", "掌声", "👏", "#fb8500", "Applause"),
        Label("crying", "crying", "哭声", "😭", "#457b9d", "Cry"),
        Label("cough", "cough", "咳嗽", "😷", "#7f8c5a", "Cough"),
        Label("sneeze", "sneeze", "喷嚏", "🤧", "#5a8c7f", "Sneeze"),
        Label("breath", "breath", "呼吸", "💨", "#9aa5b1", "Breath"),
        Label("noise", "noise", "噪声", "🔊", "#8d99ae", "Speech_Noise"),
    )
}

# Tags of those models for an unknown emotion or event.
UNKNOWN_EMOTION_TAGS = ("EMO_UNKNOWN",)
UNKNOWN_EVENT_TAGS = ("Event_UNK", "GBG")
