"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import pairwise

from funaudio_core import languages
from funaudio_core.audio.prosody import Baseline
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import Hearing
from funaudio_core.errors import BadInput
from funaudio_core.gpu import scheduler
from funaudio_core.gpu.scheduler import task
from funaudio_core.pipelines import chunked_recognition
from funaudio_core.pipelines.caption_worker import BackgroundCaptions
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.pipelines.chunked_recognition import Findings, LongClip, Order
from funaudio_core.pipelines.emotion_timeline import emotion_timeline
from funaudio_core.pipelines.recognize import recognize as _recognize
from funaudio_core.tasks.cost import HEARS, _heard_at_once, _listening, gpu_cost
from funaudio_core.types import Audio, Span, Transcript

log = logging.getLogger(__name__)
NO_CHOICE: frozenset[str] = frozenset()
NO_BASELINE = Baseline()


@task(
    lambda of: gpu_cost([selection.recognizes(of["engine"], of["language"])], HEARS[0] + HEARS[1] * of["clip"].duration)
)
def recognize(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    among: frozenset[str] = NO_CHOICE,
    hotwords: tuple[str, ...] = (),
    before: str = "",
) -> Iterator[Transcript]:
    """Growing transcripts of a clip.

    language: code, or None to detect it, among the codes of `among` where there are any. engine: "" takes the first
    that knows the language. hotwords: rare words that may occur. before: the language of what was said just before, in
    a stretch of a longer clip. Raises Unsupported where the engine can't use hotwords.
    """
    hearing = Hearing(language=language, itn=itn, words=words, among=among, hotwords=hotwords, before=before)
    return _recognizing(clip, hearing, engine, NO_BASELINE)


def _recognizing(
    clip: Audio, hearing: Hearing, engine: str, baseline: Baseline
) -> Generator[Transcript, None, tuple[Transcript, Baseline]]:
    spec = selection.recognizes(engine, hearing.language)
    if hearing.hotwords:
        spec.require("hotwords")
    detector, reader = selection.load_first(registry.DETECTORS), selection.load_first(registry.EMOTION_READERS)
    return _recognize(clip, hearing, loader.load(spec), detector, reader, spec.title, spec.capabilities, baseline)


@task(lambda of: _listening(of["clip"].duration, of["engine"], of["language"]))
def listen(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str,
    among: frozenset[str] = NO_CHOICE,
    hotwords: tuple[str, ...] = (),
    before: str = "",
    baseline: Baseline = NO_BASELINE,
) -> Iterator[Transcript | Baseline | Span | None]:
    """As recognize(), then how whoever speaks sounds as a rule, then how the feeling of the voice moves through the
    clip where the engine can tell it.

    baseline: that of what was said just before. Nones are moments at which there is nothing new yet.
    """
    hearing = Hearing(language=language, itn=itn, words=words, among=among, hotwords=hotwords, before=before)
    transcript, usual = yield from _recognizing(clip, hearing, engine, baseline)
    yield usual
    if transcript.segments:
        yield from _moods(clip, transcript, engine)


def hear(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    hotwords: tuple[str, ...] = (),
) -> Iterator[Transcript]:
    """As recognize(); where a GPU is lent, with a call for each stretch of a clip that is too long for one.

    For whoever gets a single answer. In such a clip the hint at arousal begins anew with each stretch.
    """
    if not scheduler.seconds("recognize", _listening(clip.duration, engine, language)):
        yield from recognize(clip, language, itn, words, engine, NO_CHOICE, hotwords)
        return
    found = chunked_recognition.NOTHING
    for start, end in pairwise(chunked_recognition.cuts(clip, _heard_at_once())):
        before, part = found, clip.cut(start, end)
        for transcript in recognize(part, language, itn, words, engine, NO_CHOICE, hotwords, before.language):
            found = chunked_recognition.joined(before, Findings(transcript))
            yield found.transcript


def hear_on(clip: LongClip) -> Iterator[Findings | None]:
    """All that was found in a long clip, again and again while its next stretch is heard, which is kept at the end.

    None: nothing new yet. Raises what listen() raises, and BadInput where the job is gone; no more is lost then than
    what was found in this stretch.
    """
    before, how = clip.findings(), clip.order
    found = chunked_recognition.NOTHING
    events = listen(
        clip.next(),
        how.language,
        how.itn,
        how.words,
        how.engine,
        how.among,
        how.hotwords,
        before.language,
        before.baseline,
    )
    for event in events:
        if isinstance(event, Transcript):
            found = replace(found, transcript=event)
        elif isinstance(event, Baseline):
            found = replace(found, baseline=event)
        elif isinstance(event, Span):
            found = replace(found, moods=(*found.moods, event))
        yield None if event is None else chunked_recognition.joined(before, found)
    clip.keep(found)


def long_clip(clip: Audio, how: Order) -> LongClip:
    """A job that hears a clip stretch by stretch, each by a call of hear_on()."""
    return chunked_recognition.begin(clip, how, _heard_at_once())


def _moods(clip: Audio, transcript: Transcript, engine: str) -> Iterator[Span | None]:
    scanners = registry.offered(registry.EMOTION_SCANNERS)
    if engine not in scanners:
        return iter(())
    speech = [event for event in transcript.events if event.label == "speech"]
    return emotion_timeline(clip, speech, loader.load(scanners[engine]))


def whole(transcripts: Iterator[Transcript]) -> Transcript:
    """The last, complete transcript. Raises BadInput where nobody speaks."""
    transcript = None
    for transcript in transcripts:  # noqa: B007  each is the one before, grown
        pass
    if transcript is None or not transcript.segments:
        raise BadInput("Nobody speaks in this clip. Give a clip with speech in it.")
    return transcript


def captions(language: str | None) -> BackgroundCaptions:
    """Live captions for one visitor's microphone; feed it chunks as they come."""
    detector, spec = selection.load_first(registry.DETECTORS), selection.listener()
    if language is not None:
        languages.require(language, spec.languages, spec.title)
    live = LiveCaptions(loader.load(spec), detector.endpointer(), Hearing(language=language))
    return BackgroundCaptions(live)
