"""The one home of emotion and event labels: codes, names, marks and colours. Knows no engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One label. color: CSS hex, chosen to stay readable on light and dark pages.

    tag: what FunAudioLLM's models call it, between <| and |>; "" where they don't know it.
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

# Tags by which those models say that they can't tell; they have no label.
UNKNOWN_EMOTION_TAGS = ("EMO_UNKNOWN",)
UNKNOWN_EVENT_TAGS = ("Event_UNK", "GBG")
