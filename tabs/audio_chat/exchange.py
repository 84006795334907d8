"""One answer while it is made: listening, then text and speech, with times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spoken_chat import ASSISTANT, HEARS, USER, ReplyPiece, SpokenConversation, SpokenTurn
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import telemetry
from funaudio_core.tasks import spoken_chat
from funaudio_core.text import language_id
from funaudio_core.types import Audio, Style, Transcript
from server.request import localize
from server.updates import Update
from tabs.audio_chat.controls import DEFAULT_LANGUAGE, Models

MIN_UPDATE_SECONDS = 0.1  # between two updates of a growing text


@dataclass(slots=True)
class Answer:
    """Answer so far.

    Attributes:
        text: Its text.
        sounds: Its speech in pieces.
        marks: Text with the second of the speech at which it begins, in order, for what was heard of it.
        dropped_turns: Earliest turns that the model did not get.
        style: Style that the model chose.
        first_text: Seconds to the first text; 0 before it.
        first_sound: Seconds to the first speech; 0 before it.
        seconds: Of the whole answer.
        steps: Seconds between two pieces of text.
    """

    text: str = ""
    sounds: list[Audio] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    dropped_turns: int = 0
    style: str = ""
    first_text: float = 0.0
    first_sound: float = 0.0
    seconds: float = 0.0
    steps: list[float] = field(default_factory=list)

    @property
    def audio(self) -> Audio | None:
        """Return the speech so far; None without any."""
        return audio.concat(self.sounds) if self.sounds else None

    def add(self, piece: ReplyPiece, elapsed: float) -> None:
        """Add a piece that came after so many seconds."""
        self.dropped_turns = piece.dropped_turns or self.dropped_turns
        if piece.style is not None:
            self.style = piece.style.description or piece.style.emotion
        if piece.text:
            if self.first_text:
                self.steps.append(elapsed - self.first_text - sum(self.steps))
            self.first_text = self.first_text or elapsed
            self.text += piece.text
            if piece.at is not None:
                self.marks.append((piece.at, piece.text))
        if piece.audio is not None:
            self.first_sound = self.first_sound or elapsed
            if piece.said:
                self.marks.append((sum(sound.duration for sound in self.sounds), piece.said))
            self.sounds.append(piece.audio)
        self.seconds = elapsed

    def timing(self) -> str:
        """Return the times in words."""
        parts = []
        if self.first_text:
            parts.append(localize("first text after {seconds:.1f} s", seconds=self.first_text))
        if self.first_sound:
            parts.append(localize("first sound after {seconds:.1f} s", seconds=self.first_sound))
        if self.steps:
            milliseconds = 1000 * statistics.median(self.steps)
            parts.append(
                localize(
                    "{count} steps, {milliseconds:.0f} ms each", count=len(self.steps) + 1, milliseconds=milliseconds
                )
            )
        parts.append(localize("{seconds:.1f} s in total", seconds=self.seconds))
        if self.dropped_turns:
            parts.append(localize("the first {count} turns no longer fit and were left out", count=self.dropped_turns))
        return ", ".join(parts)


def cut_text(text: str, marks: list[tuple[float, str]], heard_seconds: float, made_seconds: float) -> str:
    """Return the part of an answer that was heard, up to a whole word.

    Args:
        text: The whole text.
        marks: See Answer.
        heard_seconds: Speech that was played.
        made_seconds: Speech that was made.
    """
    spoken = "".join(words for _, words in marks)
    if heard_seconds >= made_seconds > 0 and "".join(spoken.split()) == "".join(text.split()):
        return text
    kept = ""
    ends = [start for start, _ in marks[1:]] + [max(made_seconds, heard_seconds)]
    for (start, words), end in zip(marks, ends, strict=True):
        if end <= heard_seconds:
            kept += words if not kept or words[:1].isspace() or not kept[-1].isascii() else f" {words}"
        elif start < heard_seconds and len(words) > 1:
            share = words[: round(len(words) * (heard_seconds - start) / (end - start))]
            whole = share.rsplit(" ", 1)[0] if " " in words and share != words else share
            kept += f" {whole}" if kept and kept[-1].isascii() else whole
    return kept.strip()


def listen(
    clip: Audio, *, speakers: bool = False, languages: frozenset[str] = frozenset(), hotwords: tuple[str, ...] = ()
) -> Generator[Update, None, Transcript]:
    """Yield the status, and return what is heard in a clip.

    Args:
        clip: The clip.
        speakers: Tell the speakers apart.
        languages: See spoken_chat.hear().
        hotwords: See spoken_chat.hear().
    """
    heard = None
    yield Update(status=localize("Listening…"))
    sound = audio.resample(clip, RECOGNITION_RATE)
    for heard in spoken_chat.hear(sound, speakers=speakers, languages=languages, hotwords=hotwords):  # noqa: B007
        yield Update()
    assert heard is not None
    return heard


def require_speech(heard: Transcript | None) -> None:
    """Raise BadInput if a transcript has no speech."""
    if heard is not None and not heard.segments:
        raise BadInput(
            "No speech detected in the clip ({seconds:.1f} s). Speak closer to the microphone.", seconds=heard.duration
        )


def user_turn(models: Models, clip: Audio | None, text: str = "", heard: Transcript | None = None) -> SpokenTurn:
    """Return the turn of a visitor: the clip for a model that hears, else what was heard in it."""
    if clip is None or HEARS not in models.spec.capabilities:
        return SpokenTurn(USER, text, heard=heard if clip is not None else None)
    return SpokenTurn(USER, text, (clip,))


def conversation_of(models: Models, *turns: SpokenTurn, **others: object) -> SpokenConversation:
    """Return a conversation with the visitor's choices; its language is that of the last turn."""
    last = turns[-1]
    spoken = last.heard.language if last.heard is not None else ""
    code = spoken or language_id.detect_language(last.text) or DEFAULT_LANGUAGE
    base = SpokenConversation(
        turns,
        voice=models.own_voice() if others.get("speak", True) else None,
        seed=models.fixed_seed,
        language=spoken_chat.reply_language(models.chatbot, code, DEFAULT_LANGUAGE, models.speech()),
    )
    return replace(base, **others)  # type: ignore[arg-type]


def follow(
    conversation: SpokenConversation, models: Models, style: Style | None = None
) -> Iterator[tuple[Answer, Audio | None]]:
    """Yield the growing answer, each time with the speech that is new; text alone comes at most every 0.1 s."""
    answer, started, shown = Answer(), time.monotonic(), 0.0
    with closing(spoken_chat.converse(conversation, models.spec.name, models.speech(style))) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            answer.add(piece, time.monotonic() - started)
            if piece.audio is not None or time.monotonic() - shown > MIN_UPDATE_SECONDS:
                shown = time.monotonic()
                yield answer, piece.audio
    answer.seconds = time.monotonic() - started
    if answer.sounds:
        duration = sum(sound.duration for sound in answer.sounds)
        telemetry.record_speech(answer.first_sound, answer.seconds, duration)
    yield answer, None


def assistant_turn(text: str) -> SpokenTurn:
    """Return an answer as it goes back to the model: text alone."""
    return SpokenTurn(ASSISTANT, text)


def made_by(models: Models) -> str:
    """Return which models answered."""
    titles = tuple(Message(spec.title) for spec in spoken_chat.engines_of(models.chatbot, models.speech()))
    return localize("answered by {engines}", engines=titles)
