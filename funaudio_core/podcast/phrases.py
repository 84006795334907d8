"""Sentences of the hosts that say nothing about the subject: openers, questions, bridges; English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

CHINESE = frozenset({"zh", "yue"})

# Words in braces: {name}, {other}: hosts; {title}, {term}, {section}: of the source.
_ENGLISH: dict[str, tuple[str, ...]] = {
    "open": ("Hello and welcome. I am {name}.", "Welcome to the show. I am {name}.", "Hello, this is {name}."),
    "join": ("And I am {name}.", "I am {name}. Good to be here.", "And this is {name}."),
    "open.title": (
        "Today we go through “{title}”.",
        "Our subject today is “{title}”.",
        "Today we have read “{title}” for you.",
    ),
    "open.untitled": ("Today we go through a text for you.", "Today we have read a text for you."),
    "open.topic": ("Today we talk about {title}.", "Our subject today: {title}."),
    "unchecked": (
        "A language model wrote this show, and nobody has checked what it says.",
        "This show was written by a language model. Nothing in it was checked against a source.",
    ),
    "ask": (
        "What does the text say about {term}?",
        "What should we know about {term}?",
        "Tell us about {term}.",
        "What about {term}?",
        "And {term}, what is there to know?",
        "What do we learn about {term}?",
    ),
    "ask.first": ("Let us begin with “{term}”. What does the text say?", "The first part is “{term}”. What is in it?"),
    "ask.section": (
        "The next part is called “{term}”. What is in it?",
        "Let us turn to “{term}”. What does the text say?",
        "And what do we read under “{term}”?",
        "Then there is “{term}”. What is it about?",
    ),
    "ask.more": ("What else is there?", "And then?", "What comes next?", "Go on."),
    "ask.debate": ("What speaks for that?", "What would you hold against it?", "And the other side of {term}?"),
    "agree": ("I see.", "Right.", "Good to know.", "Interesting."),
    "brief": ("Now to {term}.", "Next, {term}.", "On {term}."),
    "brief.first": ("We begin with “{term}”.",),
    "brief.section": ("The next part is called “{term}”.", "Now to “{term}”.", "Next comes “{term}”."),
    "close": ("That was our show.", "That is all for today.", "This brings us to the end."),
    "goodbye": ("Thank you for listening. Goodbye.", "Thanks for being with us. Goodbye.", "Until next time."),
    "heard": ("Good question, one moment.", "Let me see.", "I heard you, one moment."),
    "heard.opinion": ("I see, thank you.", "Thank you for telling us.", "I understand."),
    "heard.command": ("All right.", "Of course.", "Sure."),
    "answer": ("The text says:", "Here is what the text says:", "It says this:"),
    "opinion.text": (
        "That is your view, and a fair one. The text puts it like this:",
        "I see your point. The text says:",
    ),
    "opinion": (
        "That is a fair point, and we keep it in mind.",
        "I see why you think so. Thank you.",
        "Thank you, that is a view worth having.",
    ),
    "unknown": (
        "The text does not tell.",
        "That is not in the text, so I do not know.",
        "The text does not say, and I do not want to guess.",
    ),
    "unclear": ("Sorry, I did not catch that.", "I am sorry, I did not understand you."),
    "bridge": ("Back to the show.", "Let us go on.", "Now, where were we?"),
    "next": ("Then let us go on to the next topic.", "On to the next topic."),
    "last": ("That was the last topic.",),
    "repeat": ("Once more.", "I will say it again."),
    "slower": ("I will speak more slowly.",),
    "faster": ("I will speak a little faster.",),
    "who": ("This is {name}.", "You are listening to {name}."),
    "stop": ("We stop here. Say “go on” when you want to hear more.",),
}
_CHINESE: dict[str, tuple[str, ...]] = {
    "open": ("大家好，欢迎收听。我是{name}。", "欢迎来到我们的节目，我是{name}。", "大家好，这里是{name}。"),
    "join": ("我是{name}。", "大家好，我是{name}。"),
    "open.title": ("今天我们一起来读《{title}》。", "今天的内容是《{title}》。"),
    "open.untitled": ("今天我们为大家读了一篇文章。", "今天我们一起来看一篇文章。"),
    "open.topic": ("今天我们聊聊{title}。", "今天的话题是{title}。"),
    "unchecked": (
        "本期内容由语言模型撰写，没有人核对过。",
        "本期节目由语言模型撰写，内容未与任何资料核对。",
    ),
    "ask": (
        "关于{term}，文中是怎么说的？",
        "{term}是怎么回事？",
        "说说{term}吧。",
        "关于{term}，我们该知道些什么？",
        "那么{term}呢？",
    ),
    "ask.first": ("我们先看“{term}”，讲了什么？", "第一部分是“{term}”，里面说了什么？"),
    "ask.section": ("下一部分是“{term}”，讲了什么？", "接下来是“{term}”，里面说了什么？", "“{term}”这一部分呢？"),
    "ask.more": ("还有呢？", "然后呢？", "接下来呢？", "请继续。"),
    "ask.debate": ("支持的理由是什么？", "那反过来呢？", "关于{term}，另一方面呢？"),
    "agree": ("原来如此。", "明白了。", "有意思。"),
    "brief": ("下面说{term}。", "接着是{term}。", "关于{term}。"),
    "brief.first": ("先看“{term}”。",),
    "brief.section": ("下一部分是“{term}”。", "接下来是“{term}”。"),
    "close": ("今天的节目就到这里。", "今天就说到这里。"),
    "goodbye": ("感谢收听，再见。", "谢谢大家，下次再见。"),
    "heard": ("好问题，稍等一下。", "我想一想。", "听到了，请稍等。"),
    "heard.opinion": ("我明白了，谢谢您。", "谢谢您告诉我们。"),
    "heard.command": ("好的。", "没问题。"),
    "answer": ("文中是这样说的：", "原文说："),
    "opinion.text": ("您的看法有道理。文中是这样说的：", "我理解您的意思。原文说："),
    "opinion": ("这个看法有道理，我们记下了。", "我明白您为什么这么想，谢谢。"),
    "unknown": ("文中没有提到。", "原文没有说，我也不想乱猜。", "这一点文章里没有讲。"),
    "unclear": ("抱歉，我没有听清。", "不好意思，我没听懂。"),
    "bridge": ("我们继续。", "回到节目。", "好，接着说。"),
    "next": ("那我们进入下一个话题。", "好，换下一个话题。"),
    "last": ("这已经是最后一个话题了。",),
    "repeat": ("我再说一遍。",),
    "slower": ("我说慢一点。",),
    "faster": ("我说快一点。",),
    "who": ("我是{name}。", "现在说话的是{name}。"),
    "stop": ("先停在这里。想继续听的时候，请说“继续”。",),
}


def phrases(key: str, language: str) -> tuple[str, ...]:
    """Return the phrases for a situation, in Chinese or English."""
    return (_CHINESE if language in CHINESE else _ENGLISH)[key]


def all_phrases() -> frozenset[str]:
    """Return every phrase without words to fill in, in both languages."""
    found = [phrase for table in (_ENGLISH, _CHINESE) for group in table.values() for phrase in group]
    return frozenset(phrase for phrase in found if "{" not in phrase)


class Phrasebook:
    """Phrases of one show in turn, so that none follows itself. Stateful."""

    def __init__(self, language: str, seed: int = 0) -> None:
        """Shuffle the phrases of a language by a seed."""
        self._language, self._random = language, Random(seed)
        self._left: dict[str, list[str]] = {}

    def pick(self, key: str, **words: str) -> str:
        """Return the next phrase for a situation, its words filled in."""
        left = self._left.setdefault(key, [])
        if not left:
            left += self._shuffled(phrases(key, self._language))
        return left.pop().format(**words)

    def _shuffled(self, group: Sequence[str]) -> list[str]:
        return self._random.sample(group, len(group))
