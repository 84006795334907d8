"""Tests of removing markup from texts, whole ones and growing ones."""

import pytest

from funaudio_core.text import markup


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**Bold** and _soft_ words.", "Bold and soft words."),
        ("# Title\n- one\n2. two", "Title\none\ntwo"),
        ("See [this page](https://example.org/a_b) now.", "See this page now."),
        ("Go to https://example.org/x?y=1 today.", "Go to today."),
        ("*smiles warmly* Hello<|im_end|>", "Hello"),
        ("I <b>love</b> `my_code` 😊.", "I love my code."),
        ("3 * 4 is 12, isn't it?", "3 4 is 12, isn't it?"),
        ("It costs 3.50 and the node is .5 long.", "It costs 3.50 and the node is .5 long."),
        ("你好，**世界**。", "你好，世界。"),
        ("Où est-il ?", "Où est-il ?"),
        ("[laughs] Well [1], yes.", "Well, yes."),
        ("***", ""),
    ],
)
def test_strip_markup_leaves_only_speakable_text(written: str, spoken: str) -> None:
    assert markup.strip_markup(written) == spoken


@pytest.mark.parametrize(
    ("begin", "stable"),
    [
        ("Hi there, my old", "Hi there, my "),
        ("Hi there, my ", "Hi there, "),  # a punctuation mark may follow
        ("Hi there , my", "Hi "),
        ("hello \nOK", ""),  # two sentences
        ("Yes. ", ""),  # may be the end of the text
        ("Dr. Smith is", "Dr. Smith "),
        ("It was [lau", "It "),
        ("It was [laughter] he", "It was [laughter] "),
        ("See https://exam", "See "),
        ("I am **so happy, really", "I "),
        ("今天【笑】我们", "今"),
        ("今天，我们", "今天，我"),
        ("OK 好的", "OK 好"),
        ("", ""),
    ],
)
def test_stable_prefix_of_a_growing_text(begin: str, stable: str) -> None:
    assert begin[: markup.stable_prefix_length(begin, frozenset({"laughter"}))] == stable


@pytest.mark.parametrize(
    "text",
    [
        "Well, I am **so** happy [laughter] for 3 * 4 of you (at https://a.b/c) now, Dr. Smith!",
        "- one and 2. two - three [1] snake_case and 😊 that's it.",
        "Où est-il , là ? See 3 .5 \nOK , yes",
        "好的，我们明天 see you [laughter] 再**见**。",
    ],
)
def test_stable_prefix_is_not_changed_by_later_text(text: str) -> None:
    """Check that the two parts of any cut give the whole."""
    keep = frozenset({"laughter"})
    whole, cuts = markup.strip_markup(text, keep), set()
    for end in range(len(text)):
        cut = markup.stable_prefix_length(text[:end], keep)
        first = markup.strip_markup(text[:cut], keep) + " " * text[:cut].endswith(" ") if cut else ""
        rest = text[cut:]
        if first.strip():
            rest = markup.strip_continuation(rest, keep) if first.endswith(" ") else markup.strip_markup(rest, keep)
            assert first + rest == whole
            cuts.add(cut)
    assert len(cuts) > 1
