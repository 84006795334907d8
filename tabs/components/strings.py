"""Strings of the pages in English and Chinese; further languages have files in funaudio_core/i18n/languages.

The browser translates strings that are part of a page when it is built; the server translates what it sends later, see
server.request.localize().
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

import gradio as gr

from funaudio_core.i18n import po_files
from funaudio_core.i18n.catalog import translate
from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.types import Emotion
from server.request import localize

# (English, Chinese) by key
STRINGS: dict[str, tuple[str, str]] = {
    # every page
    "title": ("FunAudio Suite", "FunAudio 语音工坊"),
    "heading": ("# FunAudio Suite", "# FunAudio 语音工坊"),
    "arriving": ("Opening…", "正在打开……"),
    "clip": ("Clip", "音频"),
    "language": ("Language", "语言"),
    "engine": ("Model", "模型"),
    "engine.speaks": ("Speech model", "语音合成模型"),
    "engine.hears": ("Recognition model", "语音识别模型"),
    "stop": ("Stop", "停止"),
    "download.stop": ("Stop the download", "停止下载"),
    "examples": ("Examples", "示例"),
    "text": ("Text", "文本"),
    "wav": ("WAV", "WAV"),
    "srt": ("SRT", "SRT"),
    "vtt": ("VTT", "VTT"),
    "json": ("JSON", "JSON"),
    "live": ("Sound", "声音"),
    "result": ("Result", "结果"),
    "voice": ("Voice", "音色"),
    "more": ("More settings", "更多设置"),
    "speed": ("Speed", "语速"),
    "seed": ("Seed (−1 = random)", "随机种子（−1 为随机）"),
    "seed_used": ("Seed used", "所用种子"),
    "consent": (
        "This is my own voice, or I have the speaker's permission to imitate it.",
        "这是我本人的声音，或我已获得说话人的授权。",
    ),
    "speak": ("Speak", "合成"),
    "details": ("Details", "详情"),
    "auto": ("Auto", "自动检测"),
    # recognize
    "recognize.tab": ("Recognize", "语音识别"),
    "recognize.about": (
        "Transcribes speech and shows its language, emotion and sound events over time.",
        "把语音转成文字，并给出语种、情绪和声音事件的时间线。",
    ),
    "recognize.run": ("Recognize", "开始识别"),
    "recognize.itn": ("Format numbers and punctuation", "规范数字与标点（ITN）"),
    "recognize.words": ("Word timestamps", "逐词时间戳"),
    "recognize.speakers": ("Speakers", "说话人"),
    "recognize.speakers.off": ("Don't tell apart", "不区分"),
    "recognize.speakers.auto": ("Detect the number", "自动判断人数"),
    "recognize.names": ("Names of the speakers (edit to rename)", "说话人名称（可编辑）"),
    "recognize.text": ("Transcript", "转写文本"),
    "recognize.timeline": ("Timeline", "时间线"),
    "recognize.segments": ("Segments (click one to jump to it)", "分段（点击可跳转）"),
    "recognize.file": ("File", "音频文件"),
    "recognize.live": ("Live captions", "实时字幕"),
    "recognize.live.mic": ("Start speaking to see live captions", "开始说话即可看到实时字幕"),
    "recognize.hotwords": (
        "Hotwords: names and rare terms, separated by commas",
        "热词：人名与生僻词，用逗号分隔",
    ),
    "recognize.note.tags": (
        "Emotion and events are labels that the model assigns to each segment, with the confidence shown. "
        "They don't measure how anyone feels.",
        "情绪和声音事件是模型为每个片段给出的标签，并附置信度，不代表任何人的真实感受。",
    ),
    "recognize.candidates": (
        "Limit auto-detection to these languages (empty = all)",
        "自动检测仅限以下语言（留空为全部）",
    ),
    "recognize.note": (
        "Emotion is estimated mostly from the words; the voice only hints at arousal. "
        "It doesn't measure how anyone feels. Laughter and other small sounds require the full tier.",
        "情绪主要根据文字估计，声音仅提供激动程度的线索，不代表任何人的真实感受。识别笑声等细微声音需要完整版模型。",
    ),
    # zero-shot
    "zero_shot.tab": ("Clone", "音色复刻"),
    "zero_shot.about": (
        "Speaks your text in the voice of a short reference clip.",
        "用一小段参考音频的音色朗读您的文本。",
    ),
    "zero_shot.reference": ("Reference clip (3 to 30 s of one speaker)", "参考音频（单人，3–30 秒）"),
    "zero_shot.transcript": (
        "Transcript (filled in automatically; please check)",
        "参考音频的文本（自动填写，请核对）",
    ),
    "zero_shot.check": ("Reference check", "参考音频检查"),
    "zero_shot.text": ("Text to speak", "要合成的文本"),
    "zero_shot.note": (
        "Lite tier: this is a voice match, not a clone. Kokoro's voice is fitted to the reference; "
        "the similarity shown is measured. Cloning requires the full tier.",
        "轻量版：这是“音色匹配”而非克隆，即把 Kokoro 的音色向参考音频拟合；所示相似度为实测值。"
        "音色克隆需要完整版模型。",
    ),
    "zero_shot.note.clone": (
        "Zero-shot cloning: the model continues in the voice of the clip, with its accent and often its "
        "mood. The similarity shown is measured by another model.",
        "零样本克隆：模型沿用参考音频的音色，往往也会保留其口音和情绪。所示相似度由另一个模型测得。",
    ),
    "zero_shot.recording": ("Or convert your own recording to this voice", "或将您自己的录音转换成该音色"),
    "zero_shot.source": ("Recording to convert (pacing and intonation are kept)", "待转换的录音（保留语速与语调）"),
    "zero_shot.convert": ("Convert", "转换"),
    "zero_shot.retry": ("Maximum attempts (the best one is kept)", "最多尝试次数（保留最佳）"),
    "zero_shot.saved": ("Saved voices (this session only)", "已保存的音色（仅本次会话）"),
    "zero_shot.name": ("Name", "名称"),
    "zero_shot.save": ("Save this voice", "保存音色"),
    "zero_shot.load": ("Upload a saved voice", "上传已保存的音色"),
    "zero_shot.use": ("Use a saved voice", "使用已保存的音色"),
    "zero_shot.delete": ("Delete", "删除"),
    "zero_shot.download": ("Download the voice", "下载音色文件"),
    # cross-lingual
    "cross_lingual.tab": ("Cross-lingual", "跨语种复刻"),
    "cross_lingual.about": (
        "Speaks another language in the voice of the reference clip.",
        "用参考音频的音色朗读另一种语言。",
    ),
    "cross_lingual.target": ("Target language", "目标语言"),
    # instruct
    "instruct.tab": ("Instruct", "指令合成"),
    "instruct.about": (
        "Speaks as instructed: pace, pitch, volume, emotion, whispering, pauses.",
        "按照您的指令合成语音：语速、音高、音量、情绪、耳语与停顿。",
    ),
    "instruct.instruction": ("Instruction (English or Chinese)", "指令（中文或英文）"),
    "instruct.presets": ("Suggested instructions", "常用指令"),
    "instruct.understood": ("Interpreted as", "指令解析结果"),
    "instruct.change": ("Measured difference from the neutral version", "与中性版本相比的实测差异"),
    "instruct.compare": ("Also generate a neutral version and measure the difference", "同时生成中性版本并测量差异"),
    "instruct.note": (
        "Pace, pitch, intonation, volume, whispering, pauses and sighs are set exactly in the voice model. "
        "Laughter, dialects and role play require the full tier.",
        "语速、音高、语调、音量、耳语、停顿与叹气由语音模型精确控制；笑声、方言与角色扮演需要完整版模型。",
    ),
    "instruct.note.sent": (
        "The instruction is sent to the model as written, in any wording; "
        "the effect depends on the model and is measured, not guaranteed. Dialects require Chinese text.",
        "指令原文直接发送给模型，措辞不限；效果取决于模型，差异为实测结果，不作保证。方言需配合中文文本。",
    ),
    "instruct.phones": (
        "You can specify pronunciation in the text: pinyin as in 报道[j][ǐ]予, or CMUdict phonemes as in "
        "[HH][AH0][L][OW1].",
        "可在文本中直接标注读音：拼音如“报道[j][ǐ]予”，英文用 CMU 音素，如 [HH][AH0][L][OW1]。",
    ),
    "instruct.neutral": ("Neutral version, for comparison", "中性版本（对比）"),
    # translate
    "translate.tab": ("Translate", "语音翻译"),
    "translate.about": (
        "Translates speech into another language and keeps the emotion and, if you like, the voice.",
        "将语音翻译成另一种语言并朗读，保留情绪，也可保留说话人音色。",
    ),
    "translate.source": ("Spoken language", "源语言"),
    "translate.target": ("Translate into", "目标语言"),
    "translate.run": ("Translate and speak", "翻译并朗读"),
    "translate.transcript": ("Transcript", "转写文本"),
    "translate.translation": ("Translation (edit it, then speak again)", "译文（可修改后重新朗读）"),
    "translate.respeak": ("Speak again", "重新朗读"),
    "translate.emotion": ("Emotion before and after", "翻译前后的情绪"),
    "translate.same_voice": (
        "Keep the speaker's voice (it is mine, or I have the speaker's permission)",
        "保留说话人音色（本人声音或已获授权）",
    ),
    "translate.note": (
        "Lite tier: keeping the voice is a voice match, not a clone. Kokoro's voice is fitted to the clip.",
        "轻量版：保留音色为“音色匹配”而非克隆，即把 Kokoro 的音色向音频拟合。",
    ),
    "translate.note.clone": (
        "Keeping the voice is zero-shot cloning: the model continues in the voice of the clip, often with its accent.",
        "保留音色为零样本克隆：模型沿用音频中的音色，往往也会保留口音。",
    ),
    "translate.translator": ("Translation model", "翻译模型"),
    "translate.glossary": ("Glossary", "术语表"),
    "translate.glossary.how": ("One per line: term = translation", "每行一条：术语 = 译法"),
    "translate.glossary.unable": (
        "The selected translator doesn't support glossaries. Choose a language model to use one.",
        "所选翻译模型不支持术语表。如需使用，请改选语言模型。",
    ),
    "translate.srt_source": ("SRT, original", "SRT（原文）"),
    "translate.srt_target": ("SRT, translation", "SRT（译文）"),
    # chat
    "chat.tab": ("Chat", "情感对话"),
    "chat.about": (
        "Talk or type; replies match your mood and start playing while they are being written.",
        "说话或打字均可；回复会贴合您的情绪，边生成边播放。",
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
        "免提：直接说话，停顿后即可听到回复，再次开口可打断",
    ),
    "chat.interrupt": ("Interrupt", "打断"),
    "chat.voice": ("Reply voice", "回复音色"),
    "chat.voice.how": (
        "If it doesn't support the language of a reply, the first voice that does is used.",
        "若该音色不支持回复所用的语言，将自动改用首个支持该语言的音色。",
    ),
    "chat.chatbot": ("Chat model", "对话模型"),
    "chat.note.large": (
        "Replies come from a language model, in your language if both model and voice support it. They may be wrong.",
        "回复由语言模型生成；若模型和音色都支持，将使用您所用的语言。内容可能有误。",
    ),
    "chat.note.small": (
        "Lite tier: replies, in English or Chinese, come from a small language model that was trained for code. "
        "It knows little and may be wrong.",
        "轻量版：回复由面向代码训练的小型语言模型生成，支持英语和中文。知识有限，内容可能有误。",
    ),
    "chat.placeholder": ("Say or type something about your day.", "说说您今天的事吧，打字也可以。"),
    "chat.note": (
        "Lite tier: replies come from a very small language model, in English only. It is friendly but knows little.",
        "轻量版：回复由很小的语言模型生成，仅支持英语，友好但知识有限。",
    ),
}

COMPUTED: dict[str, Callable[[str], str]] = {}  # by key: returns the string in a language of the interface
# Locale of the browser -> language of the interface.
_LOCALES = {code: code for code in po_files.language_codes()} | {"zh-CN": "zh", "zh-TW": "zh"}
I18N = gr.I18n(**{locale: {} for locale in _LOCALES})


def _browser_key(key: str) -> str:
    """Return the key for the browser's translator, to which dots mean nesting.

    Gradio translates the first value of a component too, if it is a key; hence the prefix: "auto" is a value.
    """
    return f"funaudio_{key.replace('.', '_')}"


def add_strings(words: dict[str, tuple[str, str]]) -> None:
    """Add the strings of a page: (English, Chinese) by key. Other languages have them in their PO files."""
    STRINGS.update(words)
    _tell_browser(words)


def add_computed_strings(words: dict[str, Callable[[str], str]]) -> None:
    """Add strings that are made of others, by key: functions of the language of the interface."""
    COMPUTED.update(words)
    _tell_browser(words)


def _tell_browser(keys: Iterable[str]) -> None:
    for locale, language in _LOCALES.items():
        I18N.translations[locale].update({_browser_key(key): string_in(key, language) for key in keys})


def string_in(key: str, language: str) -> str:
    """Return a string in a language of the interface. Raises KeyError for an unknown key."""
    if key in COMPUTED:
        return COMPUTED[key](language)
    if key not in STRINGS:
        raise KeyError(f"{key!r} is not in tabs/components/strings.py")
    english, chinese = STRINGS[key]
    return chinese if language == "zh" else po_files.translate_string(key, english, language)


def strings_by_language(key: str) -> dict[str, str]:
    """Return a string by language, for scripts, which look up the `lang` of the page."""
    return {language: string_in(key, language) for language in po_files.language_codes()}


def t(key: str) -> str:
    """Return a string that components translate into the visitor's language. Raises KeyError for an unknown key."""
    string_in(key, "en")
    return cast("str", I18N(_browser_key(key)))  # components translate it wherever they take a string


def _language_name(code: str, language: str) -> str:
    row = LANGUAGES[code]
    name = translate(Message(row.name), language)
    return row.native if name == row.native else f"{row.native} · {name}"


_tell_browser(STRINGS)
add_computed_strings({f"language.{code}": partial(_language_name, code) for code in LANGUAGES})


def emotion_text(emotion: Emotion) -> str:
    """Return an emotion with its confidence and its basis, in the visitor's language."""
    return localize(
        "{emotion} {confidence:.0%} ({basis})",
        emotion=localize(EMOTIONS[emotion.label].en),
        confidence=emotion.confidence,
        basis=localize(emotion.basis),
    )
