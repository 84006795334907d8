import pytest

from funaudio_core import markup


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
def test_only_the_words_are_left(written: str, spoken: str) -> None:
    assert markup.strip(written) == spoken
