"""The words of the pages in English and Chinese, and phrases said to a visitor. Knows no component and no task.

What stands on a page from the beginning is a word, which the browser translates; what the server says while it works
is a phrase, which is translated here.
"""

from __future__ import annotations

from typing import cast

import gradio as gr

from funaudio_core.i18n.zh import CHINESE
from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Emotion
from server.request import say

# Each key stands for its English and its Chinese words.
WORDS: dict[str, tuple[str, str]] = {
    # every page
    "title": ("FunAudio Suite", "FunAudio 语音工坊"),
    "clip": ("Clip", "音频"),
    "language": ("Language", "语言"),
    "engine": ("Model", "模型"),
    "engine.speaks": ("Model that speaks", "语音合成模型"),
    "engine.hears": ("Model that hears", "语音识别模型"),
    "stop": ("Stop", "停止"),
    "examples": ("Examples", "示例"),
    "text": ("Text", "文本"),
    "wav": ("WAV", "WAV"),
    "srt": ("SRT", "SRT"),
    "vtt": ("VTT", "VTT"),
    "json": ("JSON", "JSON"),
    "live": ("Playing while it is made", "边合成边播放"),
    "result": ("Result", "结果"),
    "voice": ("Voice", "音色"),
    "more": ("More settings", "更多设置"),
    "speed": ("Speed", "语速"),
    "seed": ("Seed (−1 draws one)", "随机种子（−1 为随机）"),
    "seed_used": ("Seed used", "所用种子"),
    "consent": (
        "This is my own voice, or I have the speaker's permission to imitate it.",
        "这是我本人的声音，或我已获得说话人的授权。",
    ),
    "speak": ("Speak", "合成"),
    "details": ("Details", "详情"),
    "auto": ("Auto", "自动检测"),
    "play": ("Pause or resume", "暂停或继续"),
    # recognize
    "recognize.tab": ("Recognize", "识别"),
    "recognize.about": (
        "Turns speech into text with language, emotion and sound events over time.",
        "把语音转成文字，并给出语种、情绪和声音事件的时间线。",
    ),
    "recognize.run": ("Recognize", "开始识别"),
    "recognize.itn": ("Write numbers and punctuation", "书写数字与标点（ITN）"),
    "recognize.words": ("Word times", "逐词时间"),
    "recognize.text": ("Transcript", "转写"),
    "recognize.timeline": ("Timeline", "时间线"),
    "recognize.segments": ("Segments (click one to hear it)", "分段（点击可跳转）"),
    "recognize.file": ("A file", "音频文件"),
    "recognize.live": ("Live captions", "实时字幕"),
    "recognize.live.mic": ("Speak; captions follow", "对着麦克风说话，字幕随之出现"),
    "recognize.hotwords": (
        "Hotwords: names and rare words to expect, with commas",
        "热词：可能出现的人名与生僻词，用逗号分隔",
    ),
    "recognize.claim.tags": (
        "Emotion and events are what the model tags each segment with, at the confidence shown. They are not a "
        "measurement of how anyone feels.",
        "情绪和事件是模型为每个片段打的标签，并显示其置信度；这并不是对任何人感受的测量。",
    ),
    "recognize.among": (
        "Auto chooses among these languages (none: all that the model knows)",
        "自动检测时只在这些语言中选择（不选则为模型支持的全部语言）",
    ),
    "recognize.claim": (
        "Emotion is estimated mostly from the words; the voice only hints at arousal. It is not a measurement of how "
        "anyone feels. Laughter and other small sounds need the full tier.",
        "情绪主要由文字估计，声音只提供激动程度的线索，并不是对任何人感受的测量。笑声等细微声音需要完整版模型。",
    ),
    # zero-shot
    "zero_shot.tab": ("Clone", "音色复刻"),
    "zero_shot.about": (
        "Speaks your text in the voice of a short reference clip.",
        "用一小段参考音频的音色朗读你的文本。",
    ),
    "zero_shot.reference": ("Reference clip (3 to 30 s of one speaker)", "参考音频（单人，3–30 秒）"),
    "zero_shot.transcript": (
        "What is said in it (filled in for you; correct it)",
        "参考音频的文字（自动填写，可修改）",
    ),
    "zero_shot.doctor": ("Prompt doctor", "参考音频诊断"),
    "zero_shot.text": ("Text to speak", "要合成的文本"),
    "zero_shot.claim": (
        "Lite tier: this is a voice match, not a clone. Kokoro's voice is fitted to the reference; the similarity "
        "shown is measured. The full tier clones.",
        "轻量版：这是“音色匹配”而非克隆。系统把 Kokoro 的音色向参考音频拟合，所示相似度为实测值；完整版模型才是克隆。",
    ),
    "zero_shot.claim.clone": (
        "A zero-shot clone: the model goes on in the voice of the clip, with its accent and often its mood. The "
        "similarity shown is measured by another model.",
        "零样本克隆：模型沿用参考音频的音色继续说话，口音乃至情绪往往也会保留。所示相似度由另一个模型测得。",
    ),
    "zero_shot.yourself": ("Or say it yourself: a recording, in this voice", "或者自己说：把录音转换成该音色"),
    "zero_shot.source": ("What to say, as you say it: pace and melody stay", "要说的话（保留你的语速与语调）"),
    "zero_shot.convert": ("Say it in this voice", "转换成该音色"),
    "zero_shot.retry": ("Takes to try (the best is kept)", "尝试次数（保留最佳）"),
    "zero_shot.saved": ("Saved voices (this visit only)", "已保存的音色（仅本次访问）"),
    "zero_shot.name": ("Name", "名称"),
    "zero_shot.save": ("Save this voice", "保存音色"),
    "zero_shot.load": ("Upload a saved voice", "上传已保存的音色"),
    "zero_shot.use": ("Use a saved voice", "使用已保存的音色"),
    "zero_shot.forget": ("Forget it", "删除"),
    "zero_shot.download": ("Download the voice", "下载音色文件"),
    # cross-lingual
    "cross_lingual.tab": ("Cross-lingual", "跨语种"),
    "cross_lingual.about": (
        "Speaks another language in the voice of the reference clip.",
        "用参考音频的音色说另一种语言。",
    ),
    "cross_lingual.target": ("Language to speak", "目标语言"),
    # instruct
    "instruct.tab": ("Instruct", "指令合成"),
    "instruct.about": (
        "Speaks as you tell it to: pace, pitch, loudness, emotion, whisper, pauses.",
        "按照你的指令说话：语速、音高、音量、情绪、耳语与停顿。",
    ),
    "instruct.instruction": ("Instruction (English or Chinese)", "指令（中文或英文）"),
    "instruct.known": ("Known instructions", "常用指令"),
    "instruct.understood": ("What was understood", "理解到的内容"),
    "instruct.change": ("Measured change against the neutral take", "与中性版本相比的实测变化"),
    "instruct.compare": ("Also make a neutral take and measure the change", "同时合成中性版本并测量变化"),
    "instruct.claim": (
        "Pace, pitch, melody, level, whisper, pauses and sighs are set exactly in the voice model. Laughter, dialects "
        "and roles need the full tier.",
        "语速、音高、语调、音量、耳语、停顿与叹气在声学模型中精确设置；笑声、方言与角色扮演需要完整版模型。",
    ),
    "instruct.claim.told": (
        "The model is told the instruction word for word, in any wording, and makes of it what it has learnt; what "
        "changed is measured, not promised. Dialects need a Chinese text.",
        "指令原文直接交给模型，措辞不限，效果取决于模型所学；变化为实测，并非保证。方言需配中文文本。",
    ),
    "instruct.phones": (
        "How a word is said can be written into the text: pinyin as in 报道[j][ǐ]予, or CMUdict phones as in "
        "[HH][AH0][L][OW1].",
        "可在文本中直接标注读音：拼音如“报道[j][ǐ]予”，英文用 CMU 音素，如 [HH][AH0][L][OW1]。",
    ),
    "instruct.neutral": ("Neutral take, for comparison", "中性版本（对比）"),
    # translate
    "translate.tab": ("Translate", "语音翻译"),
    "translate.about": (
        "Speech in, speech in another language out, the emotion kept; the voice as well, where you ask for it.",
        "输入语音，输出另一种语言的语音，并保留情绪；可选择保留说话人音色。",
    ),
    "translate.source": ("Spoken language", "源语言"),
    "translate.target": ("Translate into", "目标语言"),
    "translate.run": ("Translate and speak", "翻译并朗读"),
    "translate.heard": ("Heard", "听到的内容"),
    "translate.translation": ("Translation (edit it, then speak again)", "译文（可修改后重新朗读）"),
    "translate.respeak": ("Speak again", "重新朗读"),
    "translate.emotion": ("Emotion before and after", "翻译前后的情绪"),
    "translate.same_voice": (
        "Keep the speaker's voice: it is mine, or its owner agrees",
        "保留说话人音色（本人声音或已获授权）",
    ),
    "translate.claim": (
        "Lite tier: a voice that is kept is a voice match, not a clone: Kokoro's voice is fitted to the clip.",
        "轻量版：所谓保留音色是“音色匹配”而非克隆，即把 Kokoro 的音色向音频拟合。",
    ),
    "translate.claim.clone": (
        "A voice that is kept is a zero-shot clone: the model goes on in the voice of the clip, often with its accent.",
        "保留音色时为零样本克隆：模型沿用音频中的音色继续说话，往往也会保留口音。",
    ),
    "translate.translator": ("Model that translates", "翻译模型"),
    "translate.glossary": ("Glossary", "术语表"),
    "translate.glossary.how": ("One a line: term = translation", "每行一条：术语 = 译法"),
    "translate.glossary.unable": (
        "Not used: the chosen translator keeps to no glossary. Choose a language model to use one.",
        "未使用：所选翻译模型不支持术语表，请改选语言模型。",
    ),
    "translate.srt_source": ("SRT, original", "SRT（原文）"),
    "translate.srt_target": ("SRT, translation", "SRT（译文）"),
    # chat
    "chat.tab": ("Chat", "情感对话"),
    "chat.about": (
        "Talk or type; the reply answers your mood and is heard while it is still being written.",
        "说话或打字；回应会照顾你的情绪，边写边说。",
    ),
    "chat.mic": ("Speak", "说话"),
    "chat.type": ("Or type", "或输入文字"),
    "chat.type.hint": ("Type here and press Enter", "在此输入，按回车键发送"),
    "chat.send": ("Send", "发送"),
    "chat.history": ("Conversation", "对话"),
    "chat.persona": ("Persona", "人设"),
    "chat.clear": ("Clear", "清空"),
    "chat.hands_free": (
        "Hands-free: just talk, pause to hear the reply, talk again to interrupt",
        "免提：直接说话，停顿即可得到回应，再次开口可打断",
    ),
    "chat.interrupt": ("Interrupt", "打断"),
    "chat.voice": ("Voice of the reply", "回应的音色"),
    "chat.voice.how": (
        "Where it doesn't speak the language of a reply, the first voice that does takes its place.",
        "若该音色不会说回应所用的语言，则改用第一个会说的音色。",
    ),
    "chat.companion": ("Model that answers", "对话模型"),
    "chat.claim.large": (
        "A language model answers, in the language you use where model and voice know it. What it says may be wrong.",
        "由语言模型回应；只要模型和音色都支持，就使用你所用的语言。内容可能有误。",
    ),
    "chat.placeholder": ("Say or type something about your day.", "说说或写写你今天的事吧。"),
    "chat.claim": (
        "Lite tier: a very small language model answers, in English only. It is friendly rather than knowledgeable.",
        "轻量版：由很小的语言模型用英语回应，友好但知识有限。",
    ),
}


def _language(native: str, name: str) -> str:
    return native if name == native else f"{native} · {name}"


WORDS |= {
    f"language.{row.code}": (_language(row.native, row.name), _language(row.native, CHINESE.get(row.name, row.name)))
    for row in LANGUAGES.values()
}

_LOCALES = {"en": 0, "zh": 1, "zh-CN": 1, "zh-TW": 1}  # browser locale -> column


def _flat(key: str) -> str:
    """Dots mean nesting to the browser's translator."""
    return key.replace(".", "_")


I18N = gr.I18n(
    **{locale: {_flat(key): words[column] for key, words in WORDS.items()} for locale, column in _LOCALES.items()}
)


def add(words: dict[str, tuple[str, str]]) -> None:
    """Take in the words of a page that brings its own; each key stands for its English and its Chinese words."""
    WORDS.update(words)
    for locale, column in _LOCALES.items():
        I18N.translations[locale].update({_flat(key): pair[column] for key, pair in words.items()})


def word(key: str) -> str:
    """The words behind `key`, in whichever language the visitor's browser asks for. Raises KeyError on a wrong key."""
    if key not in WORDS:
        raise KeyError(f"{key!r} is not in tabs/words.py")
    return cast("str", I18N(_flat(key)))  # components translate it wherever they take a string


def feeling(emotion: Emotion) -> str:
    """An emotion with its confidence and what it rests on, without its mark."""
    return say(
        "{emotion} {confidence:.0%} ({basis})",
        emotion=say(EMOTIONS[emotion.label].en),
        confidence=emotion.confidence,
        basis=say(emotion.basis),
    )
