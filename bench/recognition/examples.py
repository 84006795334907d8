"""Error rates of the transcribed example clips against their table: `python -m bench.recognition.examples`."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.tasks import recognition
from funaudio_core.text import error_rate
from funaudio_core.voices.examples import EXAMPLES


def main() -> None:
    """Transcribe every clip, and print errors by language and how often language and emotion are correct."""
    errors: dict[str, list[float]] = defaultdict(list)
    correct_languages = correct_emotions = 0
    for row in EXAMPLES:
        clip = audio.load(row.path)
        transcript = recognition.final_transcript(recognition.transcribe_long(clip, RecognitionOptions()))
        correct_languages += transcript.language == row.language
        correct_emotions += transcript.emotion is not None and transcript.emotion.label == row.emotion
        text = recognition.final_transcript(recognition.transcribe_long(clip, RecognitionOptions(row.language))).text
        errors[row.language].append(error_rate.error_rate(row.text, text, row.language))
        print(f"{row.file}: {error_rate.measure_name(row.language)} {errors[row.language][-1]:.2f}  {text}")
    for language, rates in errors.items():
        print(f"{language}: median {error_rate.measure_name(language)} {median(rates):.3f}, n={len(rates)}")
    print(
        f"language right in {correct_languages} of {len(EXAMPLES)}, "
        f"emotion of the words right in {correct_emotions} of {len(EXAMPLES)}"
    )


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
