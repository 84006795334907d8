"""Recognition of quiet speech, as it is and raised to the usual level.

Run: python -m bench.recognition.levels
"""

from __future__ import annotations

import statistics

import numpy as np

from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines import whisper
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.voices.examples import EXAMPLES

LEVELS_DB = (-20, -30, -40, -50, -60, -70, -76)  # RMS relative to full scale, in 16 bits
LANGUAGES = ("en", "es")
MAX_RAISED_WER = 0.05


def attenuated(clip: Audio, level_db: float) -> Audio:
    """Return a clip at an RMS level, rounded to 16 bits."""
    samples = clip.samples * 10 ** ((level_db - audio.rms_db(clip)) / 20)
    return Audio((np.rint(samples * 32768) / 32768).astype(np.float32), clip.rate)


def main() -> None:
    """Print the mean word error rate of the example clips at each level."""
    engine = whisper.load()
    rows = [row for row in EXAMPLES if row.language in LANGUAGES]
    print(f"{len(rows)} clips   WER as it is   raised")
    for level_db in LEVELS_DB:
        rates: tuple[list[float], list[float]] = ([], [])
        for row in rows:
            quiet = attenuated(audio.resample(audio.load(row.path), RECOGNITION_RATE), level_db)
            options = RecognitionOptions(language=row.language)
            for number in (0, 1):  # raise_level() changes the samples
                clip = audio.raise_level(quiet) if number else quiet
                heard = " ".join(segment.text for segment in engine.transcribe(clip, options))
                rates[number].append(error_rate.error_rate(row.text, heard, row.language))
        means = [statistics.mean(each) for each in rates]
        print(f"{level_db:4} dB   {means[0]:12.3f}   {means[1]:6.3f}", flush=True)
        assert means[1] <= MAX_RAISED_WER, f"raised speech at {level_db} dB is not recognized"


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
