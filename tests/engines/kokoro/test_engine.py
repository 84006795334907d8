"""Kokoro as a Synthesizer, with the real model."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import parselmouth
import pytest

from funaudio_core.audio import prosody
from funaudio_core.engines import kokoro
from funaudio_core.engines.kokoro import engine as engine_module
from funaudio_core.engines.kokoro import phonemes, voice_match
from funaudio_core.engines.kokoro.voice_match import MatchedVoice
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import is_spaced
from funaudio_core.text.speech_markup import Override
from funaudio_core.types import NEUTRAL, Audio, SpeechChunk, SpeechRequest, Style, Voice

VOICES = {voice.preset: voice for voice in kokoro.SPEC.voices}
HEART = VOICES["af_heart"]
SHORT = "We walked home in the rain."
GREETINGS = {
    "en": "Good morning, everyone.",
    "zh": "大家早上好。",
    "ja": "おはよう、皆さん。",
    "es": "¡Buenos días a todos!",
    "fr": "Bonjour à tous.",
    "it": "Buongiorno a tutti.",
    "pt": "Bom dia a todos.",
    "hi": "सबको नमस्ते।",
}


@pytest.fixture(scope="module")
def engine() -> Synthesizer:
    return kokoro.SPEC.load()


@pytest.fixture(scope="module")
def plain(engine: Synthesizer) -> SpeechChunk:
    return speak(engine, SHORT)[0]


def speak(
    engine: Synthesizer, text: str, style: Style = NEUTRAL, voice: Voice = HEART, language: str = ""
) -> list[SpeechChunk]:
    return list(engine.stream(SpeechRequest(text, language or voice.language, voice, style)))


def voiced_share(sound: Audio) -> float:
    pitch = parselmouth.Sound(sound.samples.astype(np.float64), sound.rate).to_pitch_ac(voicing_threshold=0.6)
    return float((pitch.selected_array["frequency"] > 0).mean())


@pytest.mark.parametrize("language", sorted(kokoro.SPEC.languages))
def test_each_language_is_spoken(engine: Synthesizer, language: str) -> None:
    voice = next(voice for voice in kokoro.SPEC.voices if voice.language == language)
    text = GREETINGS[language]
    chunks = speak(engine, text, voice=voice)
    assert 0.6 < sum(chunk.audio.duration for chunk in chunks) < 3
    separator = " " if is_spaced(language) else ""
    assert separator.join(word.text for chunk in chunks for word in chunk.words) == text
    for chunk in chunks:
        assert chunk.audio.rate == 24_000
        assert -40 < prosody.measure(chunk.audio).level < -10


def test_word_times_are_in_order_and_inside_the_sound(engine: Synthesizer) -> None:
    for style in (NEUTRAL, Style(rate=1.6, pause=0.5)):
        chunk = speak(engine, "In 1984, on the table.", style)[0]
        assert [word.text for word in chunk.words] == ["In", "1984,", "on", "the", "table."]
        times = [time for word in chunk.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(word.end > word.start for word in chunk.words)
        assert times[0] >= 0
        assert times[-1] <= chunk.audio.duration


def test_word_times_enclose_the_pause(engine: Synthesizer) -> None:
    short, chunk = (speak(engine, "Listen, everyone.", Style(pause=pause))[0] for pause in (1, 3))
    first, second = chunk.words
    assert second.start - first.end > short.words[1].start - short.words[0].end + 0.15
    loudest = np.abs(chunk.audio.samples).max()
    between = chunk.audio.slice(first.end + 0.05, second.start - 0.02)
    assert np.abs(between.samples).max() < 0.05 * loudest
    assert np.abs(chunk.audio.slice(second.start, second.start + 0.1).samples).max() > 0.2 * loudest


def test_silent_ends_are_trimmed(plain: SpeechChunk) -> None:
    loud = np.flatnonzero(np.abs(plain.audio.samples) > 0.02)
    assert loud[0] / plain.audio.rate < 0.25
    assert len(plain.audio.samples) - loud[-1] < 0.25 * plain.audio.rate


@pytest.mark.parametrize(("pitch", "factor"), [(4, 1.26), (-4, 0.79)])
def test_pitch_shift_is_in_semitones(engine: Synthesizer, plain: SpeechChunk, pitch: float, factor: float) -> None:
    moved = speak(engine, SHORT, Style(pitch=pitch))[0]
    ratio = prosody.measure(moved.audio).f0 / prosody.measure(plain.audio).f0
    assert ratio == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("rate", [0.7, 1.4])
def test_rate_scales_durations(engine: Synthesizer, plain: SpeechChunk, rate: float) -> None:
    chunk = speak(engine, SHORT, Style(rate=rate))[0]
    spans = [words[-1].start - words[0].start for words in (plain.words, chunk.words)]
    assert spans[0] / spans[1] == pytest.approx(rate, rel=0.08)


def test_level_range_and_the_limiter(engine: Synthesizer, plain: SpeechChunk) -> None:
    soft, flat, loud = (
        speak(engine, SHORT, style)[0].audio for style in (Style(level=-8), Style(range=0.1), Style(level=12))
    )
    before = prosody.measure(plain.audio)
    assert prosody.measure(soft).level == pytest.approx(before.level - 8, abs=0.5)
    assert prosody.measure(flat).f0_range < 0.6 * before.f0_range
    assert prosody.measure(loud).level > before.level + 6
    assert np.abs(loud.samples).max() <= 0.951


def test_whisper_has_no_voiced_share(engine: Synthesizer, plain: SpeechChunk) -> None:
    assert voiced_share(plain.audio) > 0.3
    for whispered in (speak(engine, SHORT, Style(whisper=True)), speak(engine, f"[whisper]{SHORT}[/whisper]")):
        assert voiced_share(whispered[0].audio) < 0.1


def test_seed_affects_only_the_tremor(engine: Synthesizer, plain: SpeechChunk) -> None:
    assert np.array_equal(
        next(iter(engine.stream(SpeechRequest(SHORT, "en", HEART, seed=9)))).audio.samples, plain.audio.samples
    )
    shaky = [
        next(iter(engine.stream(SpeechRequest("Rain.", "en", HEART, Style(jitter=0.5), seed)))).audio.samples
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(shaky[0], shaky[1])
    assert not np.array_equal(shaky[0], shaky[2])


def test_tags_produce_sounds(engine: Synthesizer) -> None:
    before, pause, after, breath, sigh = speak(engine, "Yes. [pause] No. [breath] [sigh]")
    assert (before.text, after.text) == ("Yes.", "No.")
    assert pause.audio.duration == pytest.approx(0.6)
    assert not pause.audio.samples.any()
    for sound, shortest in ((breath, 0.3), (sigh, 0.9)):
        assert (sound.text, sound.words) == ("", ())
        assert sound.audio.duration > shortest
        assert 0.05 < np.abs(sound.audio.samples).max() < 0.2
        assert voiced_share(sound.audio) < 0.1


def test_errors_are_raised_before_any_audio(engine: Synthesizer) -> None:
    with pytest.raises(Unsupported, match="full tier"):
        engine.stream(SpeechRequest("Ha! [laughter] Good one.", "en", HEART))
    with pytest.raises(BadInput, match="has no matching opening tag"):
        engine.stream(SpeechRequest("Hush.[/whisper]", "en", HEART))
    with pytest.raises(BadInput, match="doesn't support Korean"):
        engine.stream(SpeechRequest("안녕하세요", "ko", HEART))
    with pytest.raises(BadInput, match="no voice called 'nobody'"):
        engine.stream(SpeechRequest("Hello.", "en", Voice("Nobody", "en", preset="nobody")))
    for unspeakable in ("😀🎉😀", "?!", "   ", "[whisper]😀[/whisper]"):
        with pytest.raises(BadInput):
            engine.stream(SpeechRequest(unspeakable, "en", HEART))


def test_first_chunk_of_a_long_text_is_short_and_generated_alone(
    engine: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    phonemized_texts: list[str] = []
    phonemize = phonemes.phonemize

    def record(text: str, language: str, accent: str, overrides: tuple[Override, ...]) -> object:
        phonemized_texts.append(text)
        return phonemize(text, language, accent, overrides)

    monkeypatch.setattr(phonemes, "phonemize", record)
    text = ("The harbour lights went out one after another, and the town fell asleep. " * 80)[:5_000]
    chunks = engine.stream(SpeechRequest(text, "en", HEART))
    assert phonemized_texts == []
    first = next(iter(chunks))
    assert len(phonemized_texts) == 1
    assert len(first.text) < 120


def test_word_longer_than_the_token_limit_is_spoken_completely(
    engine: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "MAX_TOKENS", 30)  # as a number of hundreds of digits would, but sooner
    chunks = speak(engine, "13800138000", voice=VOICES["zf_xiaobei"])
    assert len(chunks) > 1
    assert [word.text for chunk in chunks for word in chunk.words if word.text] == ["13800138000"]
    assert sum(chunk.audio.duration for chunk in chunks) > 1.5


def test_presets_have_readable_names() -> None:
    assert len(VOICES) == 54
    assert HEART.name == "Heart (American, female)"
    assert kokoro.SPEC.voices[0] is HEART
    assert len({voice.name for voice in kokoro.SPEC.voices}) == 54
    assert {voice.language for voice in kokoro.SPEC.voices} == kokoro.SPEC.languages


def test_reference_voice_is_fitted_once_per_clip_and_language(
    engine: Synthesizer, plain: SpeechChunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []

    def fit(_clip: Audio, language: str) -> MatchedVoice:
        fitted.append(language)
        return MatchedVoice(voice_match.load_basis().voice("af_bella"), 140.0, 0.2, 0.7)

    monkeypatch.setattr(voice_match, "fit", fit)
    voice = Voice("Mine", "en", clip=plain.audio)
    sounds = [speak(engine, SHORT, voice=voice)[0].audio for _ in range(2)]
    assert np.array_equal(sounds[0].samples, sounds[1].samples)
    assert fitted == ["en"]
    assert prosody.measure(sounds[0]).f0 == pytest.approx(140, rel=0.1)
    speak(engine, "Hola.", voice=voice, language="es")
    assert fitted == ["en", "es"]


def test_concurrent_requests_equal_sequential_ones(engine: Synthesizer) -> None:
    requests = [
        SpeechRequest("Rain.", "en", HEART),
        SpeechRequest("Lluvia.", "es", VOICES["ef_dora"]),
        SpeechRequest("下雨了。", "zh", VOICES["zf_xiaobei"]),
        SpeechRequest("雨です。", "ja", VOICES["jf_alpha"]),
    ]

    def samples(request: SpeechRequest) -> bytes:
        return b"".join(chunk.audio.samples.tobytes() for chunk in engine.stream(request))

    sequential = [samples(request) for request in requests]
    with ThreadPoolExecutor(len(requests)) as pool:
        assert list(pool.map(samples, requests)) == sequential


def test_long_first_sentence_comes_in_pieces(engine: Synthesizer) -> None:
    sentence = "The museum at the end of the street opens at ten and closes at half past five."
    pieces = speak(engine, f"{sentence} It is closed on all Mondays and on the first day of the year.")
    assert 0.6 < pieces[0].audio.duration < 2
    assert len(pieces) > 2
    assert next(piece.text for piece in pieces if piece.text) == sentence
    assert pieces[-1].text.startswith("It is")
    first = [word.text for piece in pieces[:-1] for word in piece.words]
    assert " ".join(first) == sentence
    for piece in pieces:
        assert all(0 <= word.start < word.end <= piece.audio.duration for word in piece.words)
    seams = np.cumsum([len(piece.audio.samples) for piece in pieces[:-2]])
    samples = np.concatenate([piece.audio.samples for piece in pieces])
    for seam in seams:
        around = np.abs(np.diff(samples[seam - 480 : seam + 480]))
        assert abs(samples[seam] - samples[seam - 1]) <= 1.5 * np.delete(around, 479).max()
