"""A reply spoken while it is being written: its first sentence from the first words on. Knows Protocols only.

Only the first is followed. Nobody waits for the others, which are written while it is spoken; read whole, they are
spoken faster, and in the order that the voice was mostly taught.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from enum import Enum, auto

from funaudio_core.pipelines.stages import Speaker, SpeechPiece
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.runtime.prefetch import ThreadedMerge, ThreadQueue
from funaudio_core.text import SentenceBuffer, is_speakable, markup
from funaudio_core.types import ReplyStyle

MAX_STREAMED_CHARACTERS = (
    200  # characters that are followed; a sentence that is longer is cut there, as a SentenceBuffer does
)


class _End(Enum):
    WRITTEN = auto()  # the whole reply
    FOLLOWED = auto()  # the sentence that was spoken while it was written


def speak_while_writing(
    pieces: Iterator[ReplyStyle | str], language: str, default_style: ReplyStyle, speaker: Speaker, recorder: Recorder
) -> Generator[ReplyStyle | str | SpeechPiece]:
    """The pieces of a reply as they are written and, in between, the speech of them, which is kept in `recorder`.

    Words come before their sound, and while the first sentence is followed as soon as they are written. plain: how it
    is spoken where no ReplyStyle comes first. Closing this stops the writing and the speaking. Raises what breaks the
    writing once all that was written before is spoken.
    """
    delivery, sentences, waiting = default_style, SentenceBuffer(language), list[str]()
    broken: list[Exception] = []
    with (
        closing(ThreadedMerge[ReplyStyle | str | SpeechPiece | _End](max_workers=2)) as drawing,
        closing(_FirstSentence(speaker)) as first,
    ):
        drawing.add(_deferring_errors(pieces, broken), (_End.WRITTEN,))
        for item in drawing.items():
            if isinstance(item, ReplyStyle):
                delivery = item
            elif isinstance(item, str):
                waiting += sentences.push(item) + sentences.take_complete()
            elif item is _End.WRITTEN:
                waiting += sentences.flush()
            first.speaking = first.speaking and item is not _End.FOLLOWED
            if first.begins(sentences, waiting):
                said = speaker.stream_text(first.words, language, delivery, recorder)
                drawing.add(said, (_End.FOLLOWED,))
            if item is _End.WRITTEN:
                first.close()
            if not isinstance(item, _End):
                yield item
            while waiting and not first.speaking:
                yield from speaker.speak(waiting.pop(0), language, delivery, recorder)
        for error in broken:
            raise error


def _deferring_errors(pieces: Iterator[ReplyStyle | str], broken: list[Exception]) -> Iterator[ReplyStyle | str]:
    """The same. What breaks them is not raised, but put into `broken`."""
    try:
        yield from pieces
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
        broken.append(error)


class _FirstSentence:
    """The first sentence with anything to be said, on its way to a follower while it is written. One a reply."""

    def __init__(self, speaker: Speaker) -> None:
        self.words = ThreadQueue[str]()
        self.speaking = False  # whether its sound is still to come
        self._tags = speaker.tags
        self._open = speaker.streaming_synthesizer is not None  # whether words of it are still to come
        self._begun, self._length = False, 0

    def begins(self, under_way: SentenceBuffer, complete: list[str]) -> bool:
        """Hand on all that is certain of it, and take that out of either; whether it is the first of its words.

        A sentence that comes complete at once is left to be said like any other, and so is what lies beyond LONGEST.
        """
        if self._open and self._begun and complete:
            self.words.put(markup.strip_continuation(complete.pop(0), self._tags))
            self.close()
        if not self._open or any(map(self._is_speakable, complete)):
            self._open = False
            return False
        begun = under_way.pending[: markup.stable_prefix_length(under_way.pending, self._tags)]
        if not self._is_speakable(begun):
            return False
        words = markup.strip_continuation(begun, self._tags) if self._begun else markup.strip_markup(begun, self._tags)
        self.words.put(words + begun[len(begun.rstrip()) :])
        self._length += len(under_way.take(len(begun)))
        if self._length >= MAX_STREAMED_CHARACTERS:
            self.close()
        if self._begun:
            return False
        complete.clear()  # what stands before it holds nothing to be said
        self._begun = self.speaking = True
        return True

    def close(self) -> None:
        """No more of it comes."""
        self._open = False
        self.words.close()

    def _is_speakable(self, text: str) -> bool:
        return is_speakable(markup.strip_markup(text))
