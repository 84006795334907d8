"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from funaudio_core.audio.prosody import Baseline
from funaudio_core.engines import loader, registry, selection, voice_catalog
from funaudio_core.engines.selection import ANY, Cast
from funaudio_core.gpu.scheduler import task
from funaudio_core.pipelines import chat as chatting
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.chat import Partner
from funaudio_core.pipelines.stages import Heard, Listening, Said
from funaudio_core.pipelines.utterances import Ear
from funaudio_core.tasks.cost import HEARS, TALKS, gpu_cost
from funaudio_core.tasks.recognition import NO_BASELINE
from funaudio_core.tasks.synthesis import _speaker, speakable
from funaudio_core.text import language_id
from funaudio_core.types import Audio, Conversation, Emotion, Turn, Voice

log = logging.getLogger(__name__)
Talking = Listening | Heard | chatting.Understood | chatting.Wrote | Said | chatting.Done


def feel(words: str, language: str, clip: Audio) -> Emotion:
    """The emotion of a sentence that was spoken."""
    return selection.load_first(registry.EMOTION_READERS).read(words, language, clip)


@task(
    lambda of: gpu_cost(
        [selection.recognizer(of["by"]), *selection.answerers(of["by"])], TALKS + HEARS[1] * of["clip"].duration
    )
)
def converse(
    clip: Audio, before: Conversation, voice: Voice, baseline: Baseline = NO_BASELINE, by: Cast = ANY
) -> Iterator[Talking]:
    """Answer what was said: Listening, Heard, Understood where it was translated, Wrote and Said as they come, Done.

    before: the conversation so far; its language is that of the reply where the one that was heard can't be. voice: of
    the reply; where it doesn't speak the language, the first that does. baseline: how the speaker usually sounds, for
    the arousal hint.
    """
    ear, spec = selection.recognizer(by), selection.named(registry.COMPANIONS, by.companion)
    partner = Partner(
        loader.load(ear),
        selection.reader(ear),
        loader.load(spec),
        translating.TO_ENGLISH in ear.capabilities,
        spec.languages,
        {code: voice_catalog.voice_in(code, voice, by) for code in voice_catalog.answered(by)},
    )
    return chatting.converse(clip, before, partner, _speaker(voice, by), baseline.usual())


def typed(words: str | None, language: str) -> Turn:
    """A turn that was written, with the feeling of its words. Raises BadInput where nothing can be understood."""
    return chatting.typed(speakable(words), language, selection.load_first(registry.EMOTION_READERS))


@task(lambda of: gpu_cost(selection.answerers(of["by"]), TALKS))
def answer(conversation: Conversation, voice: Voice, by: Cast = ANY) -> Iterator[Talking]:
    """Answer the last turn in the language of the conversation: Wrote and Said as they come, Done. voice: as above."""
    companion = loader.load(selection.named(registry.COMPANIONS, by.companion))
    speaker = _speaker(voice_catalog.voice_in(conversation.language, voice, by), by)
    return chatting.answer(conversation, companion, speaker)


def language_of(words: str | None, usual: str, by: Cast = ANY) -> str:
    """The language to answer typed words in: their own, where that is clear and there can be a reply in it.

    usual: the one to take elsewhere, such as that of the conversation so far.
    """
    found = language_id.of_text(words or "")
    return found if found in voice_catalog.answered(by) else usual


def ear() -> Ear:
    """Hands-free listening for one visitor; feed it chunks as they come."""
    return Ear(selection.load_first(registry.DETECTORS).endpointer())
