"""Speech of a reply while it is being written.

Only the first sentence is streamed to the voice word by word. The others are complete before the voice needs them;
complete sentences are synthesized faster, and in the order of text and speech that the model was mostly trained with.
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

MAX_STREAMED_CHARACTERS = 200  # of the first sentence; a longer one is cut there, as a SentenceBuffer does


class _Signal(Enum):
    """End of one of the merged streams."""

    WRITING_ENDED = auto()  # of the whole reply
    STREAMING_ENDED = auto()  # of the speech of the streamed sentence


def speak_while_writing(
    pieces: Iterator[ReplyStyle | str], language: str, default_style: ReplyStyle, speaker: Speaker, recorder: Recorder
) -> Generator[ReplyStyle | str | SpeechPiece]:
    """Yield the pieces of a reply as they are written and, in between, their speech.

    Text comes before its speech; while the first sentence is streamed, as soon as it is written. Closing the generator
    stops writing and speaking.

    Args:
        pieces: Text of the reply; a ReplyStyle may come first.
        language: Code of its language.
        default_style: Style, unless a ReplyStyle comes first.
        speaker: Speaks the reply.
        recorder: Records the speech.

    Raises:
        Exception: The error of `pieces`, after the text before it was spoken.
    """
    style, buffer, sentences = default_style, SentenceBuffer(language), list[str]()
    errors: list[Exception] = []
    with (
        closing(ThreadedMerge[ReplyStyle | str | SpeechPiece | _Signal](max_workers=2)) as merge,
        closing(_FirstSentence(speaker)) as first,
    ):
        merge.add(_deferring_errors(pieces, errors), (_Signal.WRITING_ENDED,))
        for item in merge.items():
            if isinstance(item, ReplyStyle):
                style = item
            elif isinstance(item, str):
                sentences += buffer.push(item) + buffer.take_complete()
            elif item is _Signal.WRITING_ENDED:
                sentences += buffer.flush()
            first.is_speaking = first.is_speaking and item is not _Signal.STREAMING_ENDED
            if first.stream_words(buffer, sentences):
                speech = speaker.stream_text(first.words, language, style, recorder)
                merge.add(speech, (_Signal.STREAMING_ENDED,))
            if item is _Signal.WRITING_ENDED:
                first.close()
            if not isinstance(item, _Signal):
                yield item
            while sentences and not first.is_speaking:
                yield from speaker.speak(sentences.pop(0), language, style, recorder)
        for error in errors:
            raise error


def _deferring_errors(pieces: Iterator[ReplyStyle | str], errors: list[Exception]) -> Iterator[ReplyStyle | str]:
    """Yield the pieces; append an error to `errors` instead of raising it."""
    try:
        yield from pieces
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001  (speak_while_writing() raises it)
        errors.append(error)


class _FirstSentence:
    """First sentence of a reply that has words, streamed to the voice while it is written.

    Attributes:
        words: Text for the voice; ends with the sentence.
        is_speaking: Speech of the sentence is still to come.
    """

    def __init__(self, speaker: Speaker) -> None:
        """Start before the first piece of a reply."""
        self.words = ThreadQueue[str]()
        self.is_speaking = False
        self._tags = speaker.tags
        self._is_open = speaker.streaming_synthesizer is not None  # text of the sentence may still come
        self._has_begun, self._length = False, 0

    def stream_words(self, buffer: SentenceBuffer, sentences: list[str]) -> bool:
        """Move text of the sentence that can't change any more to `words`; return whether it is the first such text.

        If the sentence arrives in one piece it stays in `sentences`, to be spoken like the others, and so does what
        exceeds MAX_STREAMED_CHARACTERS.

        Args:
            buffer: Unfinished sentence.
            sentences: Finished sentences that are not spoken yet.
        """
        if self._is_open and self._has_begun and sentences:
            self.words.put(markup.strip_continuation(sentences.pop(0), self._tags))
            self.close()
        if not self._is_open or any(map(self._is_speakable, sentences)):
            self._is_open = False
            return False
        stable = buffer.pending[: markup.stable_prefix_length(buffer.pending, self._tags)]
        if not self._is_speakable(stable):
            return False
        strip = markup.strip_continuation if self._has_begun else markup.strip_markup
        self.words.put(strip(stable, self._tags) + stable[len(stable.rstrip()) :])
        self._length += len(buffer.take(len(stable)))
        if self._length >= MAX_STREAMED_CHARACTERS:
            self.close()
        if self._has_begun:
            return False
        sentences.clear()  # those before it have no words
        self._has_begun = self.is_speaking = True
        return True

    def close(self) -> None:
        """End the sentence."""
        self._is_open = False
        self.words.close()

    def _is_speakable(self, text: str) -> bool:
        return is_speakable(markup.strip_markup(text))
