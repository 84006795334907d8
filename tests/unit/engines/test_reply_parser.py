"""Parsing of chat replies, also of those that deviate from the requested form."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import pytest

from funaudio_core.engines.llm import prompts
from funaudio_core.engines.llm.reply_parser import parse_reply
from funaudio_core.labels import EMOTIONS
from funaudio_core.types import Conversation, Emotion, ReplyStyle, Turn

TAGS = ("laughter", "sigh", "breath")
HAPPY, SAD, PLAIN = ReplyStyle("happy"), ReplyStyle("sad"), ReplyStyle("neutral")


def parse(pieces: Sequence[str], language: str = "en", tags: Sequence[str] = TAGS) -> tuple[list[ReplyStyle], str]:
    """Return styles and text of a reply in these pieces."""
    parts = list(parse_reply(pieces, language, tags))
    styles = [part for part in parts if isinstance(part, ReplyStyle)]
    assert styles == [part for part in parts[:1] if isinstance(part, ReplyStyle)]  # at most one, and first
    return styles, "".join(part for part in parts if isinstance(part, str)).strip()


@pytest.mark.parametrize(
    ("written", "style", "words"),
    [
        # The requested form
        ("Style: happy; warmly and a bit faster\nGreat! [laughter] Tell me.",
         ReplyStyle("happy", "warmly and a bit faster"), "Great! [laughter] Tell me."),
        ("Style: sad\nI see.", SAD, "I see."),
        # Other forms of the style line
        ("style: SAD\n\nI see.", SAD, "I see."),
        ("**Style:** sad; softly\nI see.", ReplyStyle("sad", "softly"), "I see."),
        ("*Style: happy*\nHi.", HAPPY, "Hi."),
        ("\n\n  Style : happy\nHi.", HAPPY, "Hi."),
        ("Tone: fearful, low\nWho is there?", ReplyStyle("fear", "low"), "Who is there?"),
        ("[Style: happy; warmly] Hi.", ReplyStyle("happy", "warmly"), "Hi."),
        ("(sad; softly) Oh no.", ReplyStyle("sad", "softly"), "Oh no."),
        ("<happy> Hi.", HAPPY, "Hi."),
        ("Happy\nHi.", HAPPY, "Hi."),
        ("happy; warmly\nHi.", ReplyStyle("happy", "warmly"), "Hi."),
        ('"Style: happy"\nHi.', HAPPY, "Hi."),
        ("# Style: happy\nHi.", HAPPY, "Hi."),
        ("Style: joyful, bright\nHi.", ReplyStyle("happy", "joyful, bright"), "Hi."),
        ("Style: gentle and slow\nHi.", ReplyStyle("neutral", "gentle and slow"), "Hi."),
        ("Style: happy\r\nHi.", HAPPY, "Hi."),
        ("```\nStyle: happy\nHi.\n```", HAPPY, "Hi."),
        # Text on the same line
        ("Style: happy. That's great!", HAPPY, "That's great!"),
        ("Style: gentle and slow. I see.", ReplyStyle("neutral", "gentle and slow"), "I see."),
        ("Style: happy; My old friend came here by train this morning, and we sat in the sun. Nice.",
         HAPPY, "My old friend came here by train this morning, and we sat in the sun. Nice."),
        # No style line
        ("Oh no! Where is it?", None, "Oh no! Where is it?"),
        ("Stylish people. Yes.", None, "Stylish people. Yes."),
        ("Style matters to me.", None, "Style matters to me."),
        ("Happy birthday to you!", None, "Happy birthday to you!"),
        ("Sad news, I know.", None, "Sad news, I know."),
        ("(I think so.) Yes.", None, "(I think so.) Yes."),
        ("Style:\nHi.", None, "Hi."),
        ("Style: happy; " + "very " * 60 + "\nHi.", ReplyStyle("happy", ("very " * 16).strip()), "Hi."),
        # Thoughts
        ("<think>\nStyle: angry\nhmm</think>\nStyle: happy\nHi.", HAPPY, "Hi."),
        ("Style: happy\nHi. <think>what now</think> You.", HAPPY, "Hi. You."),
        ("<think></think>\n\nStyle: happy\nHi.", HAPPY, "Hi."),
        ("</think>Style: happy\nHi.", HAPPY, "Hi."),
        ("<think>never ends. Style: happy\nHi.", None, ""),
        ("I <thin> it. 3 < 4.", None, "I it. 3 4."),
        # Markdown and stray marks
        ("Style: neutral\n- one\n- two\n1. First.\n2. Second.", PLAIN, "one two First. Second."),
        ("Style: neutral\n# Title\nThis is **bold**, `code` and [a link](http://x.y/z).",
         PLAIN, "Title This is bold, code and a link."),
        ("Style: neutral\n> quoted\n***\nEnd 😊.", PLAIN, "quoted End."),
        ("Style: sad\nSee http://x.y/z?q=1 or (www.x.org).", SAD, "See or."),
        ("Style: sad\nHi.<|im_end|>\n<|im_start|>user", SAD, "Hi. user"),
        ("Style: sad\n```python\nprint()\n```", SAD, "print"),
        # Events and stage directions
        ("Style: sad\n[sigh]\nI see.", SAD, "[sigh] I see."),
        ("Style: happy\n*laughs softly* You! (sighs) Well.", HAPPY, "[laughter] You! [sigh] Well."),
        ("Style: happy\n<laughter>You</laughter>!", HAPPY, "[laughter] You !"),
        ("Style: happy\nYou [cough] there [dances] now.", HAPPY, "You there now."),
        ("Style: happy\nAt night (sight seeing, you know) we ate. (laughing gas is not a toy)",
         HAPPY, "At night (sight seeing, you know) we ate. (laughing gas is not a toy)"),
        ("Style: happy\n(smiling warmly) Hi. *waves* Bye.", HAPPY, "Hi. Bye."),
        ("Style: happy\nHi. [laughter]", HAPPY, "Hi."),  # nothing follows that could carry it
        ("Style: happy\nHi [laughter].", HAPPY, "Hi [laughter]."),
        ("Style: happy\nI see 【laughs softly】 okay 【smiles】 then.", HAPPY, "I see [laughter] okay then."),
        # Sentences that end in dropped markup
        ("Style: happy\nC'est https://a.b/c. ! a_b", HAPPY, "C'est ! a b"),
        ("Style: happy\nSee https://a.b/c [sigh]! Go www.a.b Now. Bye https://a.b", HAPPY,
         "See [sigh]! Go Now. Bye"),
        # JSON
        ('{"style": "happy; warm", "content": "Hi \\"you\\"! [laughter] Bye."}',
         ReplyStyle("happy", "warm"), 'Hi "you"! [laughter] Bye.'),
        ('```json\n{"Style": "sad", "text": "Oh.\\nReally?"}\n```', SAD, "Oh. Really?"),
        ('{"style": "sad", "content": "Broken off mid', SAD, "Broken off mid"),
        ('Style: sad\nHi. {"name": "f", "arguments": 1} Bye.', SAD, "Hi. Bye."),
        ("{Hello} there.", None, "Hello there."),
        ('{"a": 1}', None, ""),
        # User turns, and labels
        ("Style: sad\nI see.\nUser: and then?\nAssistant: no", SAD, "I see."),
        ("Style: sad\nAssistant: I see.", SAD, "I see."),
        ("Style: happy\nHi.\nStyle: sad\nBye.", HAPPY, "Hi. Bye."),
        # Empty replies
        ("", None, ""),
        ("   \n", None, ""),
        ("Style: happy", HAPPY, ""),
        ("{", None, ""),
        ("[", None, ""),
    ],
)  # fmt: skip
def test_deviating_replies_are_corrected(written: str, style: ReplyStyle | None, words: str) -> None:
    assert parse([written]) == ([style] if style else [], words)
    assert parse(written) == parse([written])  # character by character


@pytest.mark.parametrize(
    ("written", "style", "words"),
    [
        (
            "风格：开心；温柔地\n太好了！[laughter]真的吗？",
            ReplyStyle("happy", "开心，温柔地"),
            "太好了！[laughter]真的吗？",
        ),
        ("Style: 高兴\n太好了！", HAPPY, "太好了！"),
        ("（开心）太好了！", ReplyStyle("happy", "开心"), "太好了！"),
        ("Style: sad\n（轻笑）好。（叹气）唉。", SAD, "[laughter] 好。[sigh] 唉。"),
        ("Style: sad\n好的。\n用户：然后呢？", SAD, "好的。"),
    ],
)
def test_chinese_replies(written: str, style: ReplyStyle, words: str) -> None:
    assert parse([written], "zh") == ([style], words)


def test_unsupported_tags_are_dropped() -> None:
    assert parse(["Style: sad\n[sigh] I see. (laughs) [breath]"], tags=()) == ([SAD], "I see.")
    assert parse(["Style: sad\n[sigh] I see. (laughs) Yes."], tags=("laughter",)) == ([SAD], "I see. [laughter] Yes.")


def limited_pieces(*pieces: str) -> Iterator[str]:
    """Yield the pieces; fail if more are requested."""
    yield from pieces
    raise LookupError


def parse_unfinished(language: str, *pieces: str) -> list[ReplyStyle | str]:
    """Return what is parsed before more than these pieces are needed."""
    parts: list[ReplyStyle | str] = []
    with pytest.raises(LookupError):
        parts.extend(parse_reply(limited_pieces(*pieces), language, TAGS))
    return parts


@pytest.mark.parametrize(
    ("language", "pieces", "words"),
    [
        ("en", ("Sty", "le: happy", "\nHi there, my old", " friend. H"), "Hi there, my old friend. "),
        ("en", ("Style: happy\nHi there, my old fri",), "Hi there, my old "),
        ("en", ("Style: happy\nI met Dr. Smith and",), "I met Dr. Smith "),
        ("en", ("Style: happy\nYou know, it is",), "You know, it "),
        ("en", ("Style: happy\nYou",), ""),  # possibly the user's turn
        ("en", ("Style: happy\n[laughter] Well th",), "[laughter] Well "),
        ("en", ("Style: happy\n[laughter]\nWell th",), "[laughter] Well "),
        (
            "en",
            ("Style: happy\nI see *no",),
            "I ",
        ),  # possibly a stage direction, with the end of the sentence behind it
        ("en", ("Style: happy\nWell, **no, not t",), ""),
        ("zh", ("Style: happy\n好的，我们明天",), "好的，我们明"),
        ("zh", ("Style: happy\n好的我们【轻笑",), "好的我"),
        ("zh", ("Style: happy\n风格",), ""),
    ],
)
def test_words_are_yielded_as_soon_as_they_are_final(language: str, pieces: Sequence[str], words: str) -> None:
    style, *texts = parse_unfinished(language, *pieces)
    assert (style, "".join(map(str, texts))) == (HAPPY, words)


def test_reply_without_style_is_yielded_before_its_line_ends() -> None:
    assert (
        "".join(map(str, parse_unfinished("en", "Oh no, where did you lose it? W"))) == "Oh no, where did you lose it? "
    )


def test_closing_the_reply_closes_the_pieces() -> None:
    closed: list[bool] = []

    def written() -> Iterator[str]:
        try:
            yield from ("Style: sad\n", "I see.\nUser: ", "and so on, for a very long time")
            yield "more"
        finally:
            closed.append(True)

    for read_to_end in (False, True):
        pieces = written()
        reply = parse_reply(pieces, "en", ())
        next(reply)
        if read_to_end:
            assert list(reply) == ["I ", "see. "]
        else:
            reply.close()  # type: ignore[attr-defined]
        assert next(pieces, "over") == "over"
    assert closed == [True, True]


FRAGMENTS = (
    *(
        "Style:",
        "style",
        "Tone: ",
        "风格：",
        "happy",
        "sad; softly",
        "neutral",
        "angry",
        ";",
        ":",
        "\n",
        "\n\n",
        " ",
        "  ",
    ),
    *(
        "Hello there.",
        "Oh no!",
        "How are you?",
        "你好。",
        "真的吗？",
        "3.5",
        "Dr. Who",
        "e.g.",
        "1. ",
        "- ",
        "* ",
        "# ",
    ),
    *("**", "*", "__", "_", "`", "```", "```json\n", "~", ">", "<", "{", "}", "[", "]", "(", ")", "|", "\\", '"', "'"),
    *(
        "[laughter]",
        "[sigh]",
        "[unknown]",
        "<laughter>",
        "</laughter>",
        "*laughs*",
        "(sighs)",
        "（笑）",
        "[[laughter]]",
    ),
    *("<think>", "</think>", "<thi", "nk>", "<|im_end|>", "<|im_start|>user", "User:", "Assistant:", "用户：", "Human"),
    *(
        '{"style": "happy", "content": "',
        '"}',
        '\\"',
        "\\u00",
        "http://x.y",
        "[a](b)",
        "😊",
        "\u200b",
        "\x00",
        "\ud83d",
    ),
)
MARKUP = re.compile(r"[*_`#<>{}|\\^=\[\]]")


def test_random_replies_leave_no_markup() -> None:
    generator = random.Random(20261122)
    for _ in range(1500):
        text = "".join(generator.choice(FRAGMENTS) for _ in range(generator.randrange(1, 14)))
        language = generator.choice(("en", "zh"))
        styles, words = parse([text], language)
        for tag in TAGS:
            words = words.replace(f"[{tag}]", "")
        assert not MARKUP.search(words), (text, words)
        assert "think>" not in words, (text, words)
        assert all(style.emotion in EMOTIONS and not MARKUP.search(style.description) for style in styles), text
        cuts = sorted(generator.randrange(len(text) + 1) for _ in range(3))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert parse(pieces, language) == parse([text], language), text


def test_prompt_contains_notes_and_styles() -> None:
    conversation = Conversation(
        (
            Turn("user", "I lost my keys.", Emotion("sad", 0.8), ("crying", "speech")),
            Turn("assistant", "Oh no. [sigh]", style=ReplyStyle("sad", "softly")),
            Turn("user", "Ha.", Emotion("happy", 0.3), ("laughter", "laughter")),
            Turn("assistant", "Good."),
        ),
        persona="You are Mia.",
        language="es",
        tags=("laughter", "sigh"),
    )
    head = prompts.chat_prompt(conversation).text
    assert head.startswith("You are Mia.\n")
    assert "Spanish (Español)" in head
    assert "[laughter], [sigh]" in head
    assert "in brackets" in prompts.chat_prompt(Conversation(())).text
    assert [prompts.turn_message(turn).text for turn in conversation.turns] == [
        "<voice: sad> <heard: crying>\nI lost my keys.",
        "Style: sad; softly\nOh no. [sigh]",
        "<voice: perhaps happy> <heard: laughter>\nHa.",
        "Style: neutral\nGood.",
    ]
    assert parse([prompts.turn_message(conversation.turns[1]).text])[0] == [ReplyStyle("sad", "softly")]
