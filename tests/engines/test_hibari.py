"""Hibari as a Synthesizer, with the real model."""

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, hibari, kokoro
from funaudio_core.engines.hibari import vocoder
from funaudio_core.engines.hibari.model import FRAME_SAMPLES, NUM_BINS, SAMPLE_RATE, Frames
from funaudio_core.engines.hibari.vocoder import WINDOW_SAMPLES
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.types import NEUTRAL, Audio, SpeechChunk, SpeechRequest, Style, Voice

HEART = hibari.SPEC.voices[0]
TEXT = "We walked home in the rain, and nobody had an umbrella."


@pytest.fixture(scope="module")
def engine() -> Synthesizer:
    return hibari.SPEC.load()


def speak(engine: Synthesizer, text: str, style: Style = NEUTRAL, seed: int = 0) -> list[SpeechChunk]:
    return list(engine.stream(SpeechRequest(text, "en", HEART, style, seed)))


def make_frames(f0: float, count: int = 80) -> Frames:
    """Return frames of a flat spectrum: pulses alone, without noise."""
    level, silent = np.zeros((NUM_BINS, count), np.float32), np.full((NUM_BINS, count), -30.0, np.float32)
    return Frames(np.zeros(1, np.int64), level, level, silent, silent, level, np.full(count, f0, np.float32))


def test_pulses_have_the_predicted_f0() -> None:
    sound = vocoder.synthesize(make_frames(200.0), seed=0)
    assert len(sound) == 80 * FRAME_SAMPLES
    assert prosody.measure(Audio(sound, SAMPLE_RATE)).f0 == pytest.approx(200.0, rel=0.01)
    magnitudes = np.abs(np.fft.rfft(sound[4800:9600] * np.hanning(4800)))
    amplitude = 4 / WINDOW_SAMPLES  # of a harmonic whose magnitude in a spectrum is 1
    assert magnitudes[40] == pytest.approx(amplitude * 4800 / 4, rel=0.02)
    assert magnitudes[40] > 100 * magnitudes[60]  # between two harmonics


def test_unvoiced_frames_have_no_pulses() -> None:
    assert np.abs(vocoder.synthesize(make_frames(0.0), seed=0)).max() < 1e-6


def test_words_have_times_in_order(engine: Synthesizer) -> None:
    (chunk,) = speak(engine, TEXT)
    assert [word.text for word in chunk.words] == TEXT.split() == chunk.text.split()
    times = [time for word in chunk.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < 0.2
    assert times[-1] <= chunk.audio.duration
    squares = np.square(chunk.audio.samples)
    pause = chunk.words[5].end, chunk.words[6].start  # at the comma
    quiet = squares[round(pause[0] * SAMPLE_RATE) : round(pause[1] * SAMPLE_RATE)]
    assert np.median(quiet) < 0.01 * squares.mean()


def test_it_speaks_as_af_heart(engine: Synthesizer) -> None:
    teacher = next(voice for voice in kokoro.SPEC.voices if voice.preset == "af_heart")
    taught = audio.concat([chunk.audio for chunk in kokoro.SPEC.load().stream(SpeechRequest(TEXT, "en", teacher))])
    spoken = speak(engine, TEXT)[0].audio
    encoder = ge2e.load()
    assert ge2e.similarity(encoder.embed(spoken), encoder.embed(taught)) > 0.8
    assert prosody.measure(spoken).f0 == pytest.approx(prosody.measure(taught).f0, rel=0.1)
    assert spoken.duration == pytest.approx(taught.duration, rel=0.25)


def test_sentences_are_chunks_with_pauses(engine: Synthesizer) -> None:
    first, silence, second = speak(engine, 'It costs $5. <break time="1s"/> Nobody pays.')
    assert (first.text, silence.text, second.text) == ("It costs $5.", "", "Nobody pays.")
    assert silence.audio.duration == 1.0
    assert not first.audio.samples[-round(0.25 * SAMPLE_RATE) :].any()


def test_rate_level_and_pause_are_heeded(engine: Synthesizer) -> None:
    plain = speak(engine, TEXT)[0].audio
    assert speak(engine, TEXT, Style(rate=1.5))[0].audio.duration < 0.75 * plain.duration
    assert speak(engine, f'<prosody rate="slow">{TEXT}</prosody>')[0].audio.duration > 1.15 * plain.duration
    soft = speak(engine, TEXT, Style(level=-6.0))[0].audio
    assert np.abs(soft.samples).max() == pytest.approx(np.abs(plain.samples).max() / 2, rel=0.02)
    pauses = [speak(engine, "One. Two.", Style(pause=pause))[0].audio.duration for pause in (1.0, 2.0)]
    assert pauses[1] - pauses[0] == pytest.approx(0.3, abs=0.01)


def test_a_seed_repeats_the_sound(engine: Synthesizer) -> None:
    first, same, other = (speak(engine, TEXT, seed=seed)[0].audio.samples for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_pronunciations_are_heeded(engine: Synthesizer) -> None:
    said = speak(engine, 'Mr <sub alias="win">Nguyen</sub> waits.')[0]
    assert np.array_equal(said.audio.samples, speak(engine, "Mr win waits.")[0].audio.samples)
    assert said.text == "Mr Nguyen waits."


@pytest.mark.parametrize(
    ("text", "language", "voice", "error"),
    [
        ("Hola.", "es", HEART, BadInput),
        ("Hello.", "en", Voice("Any", "en", preset="af_heart"), BadInput),
        ("Hello.", "en", Voice("Any", "en", clip=Audio(np.ones(24_000, np.float32), 24_000)), Unsupported),
        ("...", "en", HEART, BadInput),
        ("[pause]", "en", HEART, BadInput),
        ("Well [sigh] yes.", "en", HEART, Unsupported),
        ("[whisper]Well.[/whisper]", "en", HEART, Unsupported),
    ],
)
def test_what_it_cannot_do_is_refused_at_once(
    engine: Synthesizer, text: str, language: str, voice: Voice, error: type[Exception]
) -> None:
    request = SpeechRequest(text, language, voice)
    with pytest.raises(error):
        engine.stream(request)
    assert hibari.SPEC.validate is not None
    with pytest.raises(error):
        hibari.SPEC.validate(request)
