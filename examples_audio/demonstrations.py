"""Demonstrations of each page: what goes in. `python -m examples_audio.make` makes the results in demonstrations/.

A demonstration has a page, a name that is unique on the page, titles in English and Chinese, and the arguments of the
page's endpoint. Clips are named as in table.json.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.scripts.writing import write_named
from funaudio_core.podcast.source import paste_source
from tabs.podcast.stored import SAMPLES

STORIES = Path(__file__).parent / "stories"


class Scene(NamedTuple):
    """Demonstration without its result.

    Attributes:
        page: Name of the page.
        name: Letters and hyphens, unique on the page; part of links.
        english: Title.
        chinese: Title.
        inputs: Arguments of the page's endpoint.
    """

    page: str
    name: str
    english: str
    chinese: str
    inputs: dict[str, Any]


_LINE = "You said you would be here at six, and now it is almost nine."
_SEED = 20
_FRIEND = "You are a warm, kind friend who notices how people feel."


def _feel(name: str, english: str, chinese: str, instruction: str) -> Scene:
    """Return the line spoken with an instruction."""
    inputs = {"text": _LINE, "instruction": instruction, "language": "en", "voice": "af_heart", "seed": _SEED}
    return Scene("instruct", name, english, chinese, inputs)


def _speak_abroad(language: str, english: str, chinese: str, text: str) -> Scene:
    """Return a text in another language, in the voice of the same English clip."""
    inputs = {"clip": "04_en_neutral.flac", "text": text, "language": language, "seed": _SEED, "consent": True}
    return Scene("cross_lingual", f"voice-{language}", english, chinese, inputs)


def _imitate(name: str, english: str, chinese: str, clip: str, language: str, text: str) -> Scene:
    """Return a text in the voice of a clip."""
    inputs = {"clip": clip, "text": text, "language": language, "seed": _SEED, "consent": True}
    return Scene("zero_shot", name, english, chinese, inputs)


def _interpret(name: str, english: str, chinese: str, clip: str, source: str, target: str) -> Scene:
    """Return a clip translated into another language."""
    return Scene("translate", name, english, chinese, {"clip": clip, "source": source, "target": target})


def _narrate(name: str, english: str, chinese: str, language: str, chapter: int) -> Scene:
    """Return a chapter of our own story, without its heading."""
    story = (STORIES / f"the_last_ferry.{language}.md").read_text(encoding="utf-8")
    text = re.split(r"^# .+$", story, flags=re.MULTILINE)[chapter].strip()
    return Scene("audiobook", name, english, chinese, {"text": text, "language": language, "format": "wav"})


def _talk(ability: str, name: str, english: str, chinese: str, clip: str, **inputs: str | bool) -> Scene:
    """Return a demonstration of an ability of the Audio chat page, by a model that all machines can download."""
    return Scene(
        "audio_chat",
        name,
        english,
        chinese,
        {"ability": ability, "clip": clip, "engine": "qwen2.5-coder-1.5b", **inputs},
    )


def _show(
    name: str,
    english: str,
    chinese: str,
    sample: str,
    hosts: tuple[str, ...],
    question: str,
    form: str = "conversation",
) -> Scene:
    """Return a show of a minute, arranged from a sample text, in which a listener asks a question."""
    text = (SAMPLES / f"{sample}.md").read_text(encoding="utf-8")
    source = paste_source(text)
    script = write_named(arrange(source, ArrangeOptions(hosts, 1.0, form)), source.language)
    inputs = {"script": script, "language": source.language, "question": question, "source": text}
    return Scene("podcast", name, english, chinese, {**inputs, "title": source.title})


_PETS = """# Cats or dogs
Ada (cheerful): Welcome to three minutes for pets! Today: is a cat or a dog the better friend?
Ben (calm): A dog, of course. A dog is glad every time you come home.
Cleo (amused): A cat is glad, too. It just does not want you to know.
Ben: My dog goes for a walk with me, even in the rain.
Cleo (softly): My cat sits on the window sill with me and watches you two get wet.
# The verdict
Ada (serious): So a dog takes you out, and a cat keeps you in.
Ben (happy): And both of them wake you at six in the morning!
Ada (cheerful): We agree, then. Goodbye, and give your friend a pat from us.
"""


_PRODUCTS = "Quorivane\nTessalode\nBrimquist\nZelmaro\nOstrivex\nPellandor"  # invented

SCENES: tuple[Scene, ...] = (
    Scene("recognize", "good-news", "Good news, in English", "好消息（英语）", {"clip": "01_en_happy.flac"}),
    Scene("recognize", "holiday", "Going to the sea, in Chinese", "去海边玩（中文）", {"clip": "05_zh_happy.flac"}),
    Scene("recognize", "lost-cat", "A lost cat, in French", "小猫走丢了（法语）", {"clip": "11_fr_sad.flac"}),
    Scene("recognize", "late-train", "The late train, angrily", "火车又晚点（愤怒）", {"clip": "03_en_angry.flac"}),
    _imitate(
        "museum-guide",
        "The museum guide tells a story",
        "博物馆讲解员讲故事",
        "04_en_neutral.flac",
        "en",
        "Long after closing time, the old clock in the hall began to strike thirteen.",
    ),
    _imitate(
        "old-friend",
        "A sad voice with good news",
        "悲伤的声音带来好消息",
        "02_en_sad.flac",
        "en",
        "Guess who is coming for dinner on Sunday! I have not been this happy for years.",
    ),
    _imitate(
        "shopper",
        "A Chinese voice reads a poem",
        "用中文音色朗诵古诗",
        "06_zh_neutral.flac",
        "zh",
        "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
    ),
    _speak_abroad("es", "One voice in Spanish", "同一音色说西班牙语", "Bienvenidos al museo. La visita dura una hora."),
    _speak_abroad("zh", "One voice in Chinese", "同一音色说中文", "欢迎来到博物馆，参观大约需要一个小时。"),
    _speak_abroad("pt", "One voice in Portuguese", "同一音色说葡萄牙语", "Bem-vindo ao museu. A visita dura uma hora."),
    _speak_abroad("it", "One voice in Italian", "同一音色说意大利语", "Benvenuti al museo. La visita dura un'ora."),
    _speak_abroad("ja", "One voice in Japanese", "同一音色说日语", "博物館へようこそ。見学は一時間ほどかかります。"),
    _feel("angry", "The same line, angry", "同一句话：愤怒", "Speak very angrily."),
    _feel("sad", "The same line, sad", "同一句话：悲伤", "Speak sadly and slowly."),
    _feel("happy", "The same line, happy", "同一句话：高兴", "Speak very happily."),
    _feel("afraid", "The same line, afraid", "同一句话：害怕", "Speak fearfully."),
    _feel("calm", "The same line, calm", "同一句话：平静", "Speak calmly."),
    _feel("excited", "The same line, excited", "同一句话：兴奋", "Speak in an excited voice."),
    _feel("whispered", "The same line, whispered", "同一句话：耳语", "Whisper."),
    _interpret(
        "library",
        "The way to the library, from Spanish",
        "去图书馆的路（西班牙语译英语）",
        "10_es_neutral.flac",
        "es",
        "en",
    ),
    _interpret(
        "market", "Where the market is, from French", "集市在哪里（法语译英语）", "12_fr_neutral.flac", "fr", "en"
    ),
    _interpret("museum", "Opening hours, into Spanish", "开放时间（英语译西班牙语）", "04_en_neutral.flac", "en", "es"),
    Scene(
        "chat",
        "lonely",
        "A sad message, answered kindly",
        "悲伤的消息，温柔的回应",
        {"text": "I miss my old friends. The house feels so empty without them."},
    ),
    Scene("chat", "new-job", "Good news, shared", "分享好消息", {"text": "I got the job! I start on Monday."}),
    Scene(
        "chat",
        "exam",
        "Nerves before an exam",
        "考前紧张",
        {"text": "I have an exam tomorrow and I am so nervous."},
    ),
    _narrate("fog", "The Last Ferry, first chapter", "《最后一班渡船》第一章（英语）", "en", 1),
    _narrate("song", "The Last Ferry, second chapter", "《最后一班渡船》第二章（英语）", "en", 2),
    _narrate("fog-zh", "The Last Ferry, in Chinese", "《最后一班渡船》（中文）", "zh", 1),
    _talk("questions", "question", "Why is the sky blue?", "天空为什么是蓝色的？（英语）", "requests/sky.mp3"),
    _talk("questions", "sleep", "How to sleep better, in Chinese", "怎样才能睡得更好？", "requests/sleep.mp3"),
    _talk(
        "understanding",
        "opening-hours",
        "When does the museum open? With choices",
        "博物馆几点开门？（选择题）",
        "04_en_neutral.flac",
        question="When does the museum open?",
        choices="At eight in the morning\nAt nine in the morning\nAt five in the afternoon",
    ),
    _talk(
        "understanding",
        "passenger",
        "How does the passenger feel?",
        "乘客的心情如何？",
        "03_en_angry.flac",
        question="How does the speaker feel, and why?",
    ),
    _talk(
        "calling",
        "two-calls",
        "Two calls: temperature and light",
        "两个调用：温度与灯（英语）",
        "requests/study.mp3",
        tools="home",
    ),
    _talk(
        "calling",
        "tokyo",
        "The time in Tokyo, in Chinese",
        "现在东京几点？",
        "requests/tokyo.mp3",
        tools="weather_timer",
    ),
    _talk(
        "manner",
        "pilot",
        "A tired pilot, slowly",
        "疲惫的飞行员，慢慢地说（英语）",
        "requests/pilot.mp3",
        persona="You are a tired pilot who speaks to the passengers.",
        manner=True,
    ),
    _talk(
        "manner",
        "guide",
        "A cheerful guide, fast",
        "热情的导游，快速地说（英语）",
        "requests/guide.mp3",
        persona="You are a cheerful guide who welcomes the visitors of a museum.",
        manner=True,
    ),
    _talk("empathy", "sad", "A sad voice, answered", "悲伤的声音与回应", "02_en_sad.flac", persona=_FRIEND),
    _talk("empathy", "happy", "A happy voice, answered", "高兴的声音与回应", "01_en_happy.flac", persona=_FRIEND),
    _show(
        "lighthouses",
        "Lighthouses, with a question",
        "灯塔的故事（听众提问）",
        "lighthouses_en",
        ("Ada", "Ben"),
        "Ben, who built the first tower?",
    ),
    _show(
        "tea-zh",
        "How tea came to the world, in Chinese",
        "茶怎样走向世界（听众提问）",
        "tea_zh",
        ("小雨", "小林"),
        "小林，第一部讲茶的书是谁写的？",
    ),
    Scene(
        "podcast",
        "pets",
        "Cats or dogs? A script for three hosts",
        "猫好还是狗好？（三人脚本）",
        {
            "script": _PETS,
            "language": "en",
            "voices": "af_heart, am_michael, bf_emma",
            "music": "bright",
            "question": "I think dogs are more fun than cats.",
            "title": "Cats or dogs?",
        },
    ),
    Scene("evaluate", "lite-models", "The lite models on the example clips", "轻量模型在示例音频上的得分", {}),
    Scene(
        "train", "products", "Six invented product names", "六个虚构的产品名", {"terms": _PRODUCTS, "language": "en"}
    ),
)
