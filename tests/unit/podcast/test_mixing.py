"""Tests of the mix: loudness, peaks, the bed under the voices, joins, and the episode's times."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pieces import ANSWER, Piece
from funaudio_core.podcast.show import Heard, Show
from funaudio_core.podcast.sound import music
from funaudio_core.podcast.sound.mixing import BETWEEN_LU, UNDER_SPEECH_LU, Clip, Mix, MixReport
from funaudio_core.podcast.sound.tape import Recording, Tape
from funaudio_core.podcast.sound.timeline import lay_out
from funaudio_core.types import Audio, Samples
from tests.conftest import example

RATE = 24_000


def _voice() -> Samples:
    from funaudio_core import audio

    return audio.resample(audio.load(example("en", "neutral").path), RATE).samples


def _mix(path: Path, style: str | None, level: float = 1.0) -> tuple[MixReport, Samples, list[Clip]]:
    speech = _voice() * np.float32(level)
    clips = []
    position = RATE
    for gap in (0.2, 0.3, 2.5, 0.05):
        clips.append(Clip(position, len(speech), lambda start, end: speech[start:end]))
        position += len(speech) + round(gap * RATE)
    bed = music.bed(style, RATE) if style else None
    jingles = [(0, music.jingle(style, RATE))] if style else []
    mix = Mix(clips, position + RATE, RATE, bed, jingles)
    report = mix.write(path)
    return report, np.load(path).astype(np.float32) / 32767, clips


@pytest.mark.parametrize("style", [None, *music.STYLES])
@pytest.mark.parametrize("level", [0.05, 0.9])
def test_the_mix_has_the_loudness_of_a_podcast(tmp_path: Path, style: str | None, level: float) -> None:
    report, sound, _ = _mix(tmp_path / "mix.npy", style, level)
    assert abs(report.loudness + 16) <= 1
    assert report.peak <= -1
    assert np.abs(sound).max() <= 10 ** (-1 / 20)
    if style:
        assert report.voice_loudness - report.bed_loudness >= 12
        assert math.isfinite(report.bed_loudness)


def test_the_bed_rises_in_long_pauses_alone() -> None:
    voice, bed = _voice(), music.bed("calm", RATE)
    starts = (2 * RATE, 2 * RATE + len(voice) + RATE // 5)
    clips = [Clip(start, len(voice), lambda start, end: voice[start:end]) for start in starts]
    end = clips[-1].start + len(voice)
    mix = Mix(clips, end + 4 * RATE, RATE, bed)
    made = np.concatenate([block for _, block in mix.blocks()])
    places = np.flatnonzero(np.abs(bed[np.arange(len(made)) % len(bed)]) > 0.05)
    gain = np.interp(np.arange(len(made)), places, 20 * np.log10(np.abs(made[places] / bed[places % len(bed)])))
    under = gain[starts[0] + RATE // 2]
    assert np.ptp(gain[starts[0] : starts[0] + len(voice)]) < 0.1  # steady under speech
    assert gain[end + RATE] - under == pytest.approx(BETWEEN_LU - UNDER_SPEECH_LU, abs=0.1)
    assert gain[starts[1] - RATE // 10] - under < 2  # a gap between sentences doesn't let it rise far
    assert gain[end + round(0.3 * RATE)] - under == pytest.approx((BETWEEN_LU - UNDER_SPEECH_LU) / 2, abs=0.5)


@pytest.mark.parametrize("style", music.STYLES)
def test_beds_repeat_without_a_seam_and_joins_do_not_click(style: str, tmp_path: Path) -> None:
    bed = music.bed(style, RATE)
    steps = np.abs(np.diff(bed))
    assert abs(bed[0] - bed[-1]) <= steps.max()
    assert abs(music.jingle(style, RATE)[-1]) < 0.01
    loud = np.full(RATE, 0.5, np.float32)  # would jump by half of full scale at both ends
    clips = [Clip(place * 2 * RATE, RATE, lambda start, end: loud[start:end]) for place in (1, 2)]
    Mix(clips, 8 * RATE, RATE).write(tmp_path / "mix.npy")
    sound = np.load(tmp_path / "mix.npy").astype(np.float32) / 32767
    assert np.abs(np.diff(sound)).max() < 0.05


def test_an_episode_has_chapters_for_sections_and_questions(tmp_path: Path) -> None:
    lines = (
        ScriptLine("Ada", "Welcome."),
        ScriptLine("Ben", "Fires were first. They went out.", section="Fires"),
        ScriptLine("Ada", "Then came the lens.", section="The lens"),
    )
    show = Show(lines, "en")
    answer = Piece("Ben", "The text does not tell.", ANSWER)
    scripted = [Heard(piece) for piece in show.pieces]
    asked = Heard(None, words="Who lit them?", is_question=True)
    episode = [*scripted[:2], asked, Heard(answer), *scripted[2:]]
    tape = Tape(RATE, tmp_path)
    recording = tape.append(Audio(np.full(RATE, 0.1, np.float32), RATE))
    timeline = lay_out(episode, show.titles, lambda _: recording, RATE, music.JINGLE_SECONDS)
    assert [(chapter.title, chapter.question, len(chapter.spots)) for chapter in timeline.chapters] == [
        ("", "", 1),
        ("Fires", "", 1),
        ("", "Who lit them?", 1),
        ("Fires", "", 1),
        ("The lens", "", 1),
    ]
    spots = timeline.spots
    assert [spot.start for spot in spots[1:]] == [spot.end for spot in spots[:-1]]
    assert timeline.length > spots[-1].end
    assert spots[0].start == timeline.lead < music.JINGLE_SECONDS * RATE


def test_a_tape_returns_what_was_put_on_it(tmp_path: Path) -> None:
    tape = Tape(RATE, tmp_path)
    first, second = (Audio(np.linspace(-0.5, 0.5, size, dtype=np.float32), RATE) for size in (100, 300))
    recordings = [tape.append(first), tape.append(second)]
    assert recordings[1] == Recording(100, 300)
    np.testing.assert_allclose(tape.load(recordings[1]).samples, second.samples, atol=1e-4)
    with pytest.raises(BadInput, match="one rate"):
        tape.append(Audio(first.samples, 16_000))
    tape.close()
    assert list(tmp_path.iterdir()) == []
