"""Do the example clips say what their table says? `python -m bench.examples` transcribes each and counts errors."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from funaudio_core import audio
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.tasks import recognition
from funaudio_core.text import error_rate
from funaudio_core.voices.examples import EXAMPLES


def main() -> None:
    """Transcribe every clip with the language left open, and print errors by language."""
    errors: dict[str, list[float]] = defaultdict(list)
    right = emotions = 0
    for row in EXAMPLES:
        heard = recognition.final_transcript(recognition.transcribe_long(audio.load(row.path), RecognitionOptions()))
        right += heard.language == row.language
        emotions += heard.emotion is not None and heard.emotion.label == row.emotion
        text = recognition.final_transcript(
            recognition.transcribe_long(audio.load(row.path), RecognitionOptions(row.language))
        ).text
        errors[row.language].append(error_rate.error_rate(row.text, text, row.language))
        print(f"{row.file}: {error_rate.measure_name(row.language)} {errors[row.language][-1]:.2f}  {text}")
    for language, rates in errors.items():
        print(f"{language}: median {error_rate.measure_name(language)} {median(rates):.3f}, n={len(rates)}")
    print(f"language right in {right} of {len(EXAMPLES)}, emotion of the words right in {emotions} of {len(EXAMPLES)}")


if __name__ == "__main__":
    main()
