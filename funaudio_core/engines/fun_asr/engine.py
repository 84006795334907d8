"""Fun-ASR-Nano behind the Recognizer Protocol: a clip to segments of text. Knows not how the model is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from funaudio_core import audio, languages, settings
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.fun_asr import prompts
from funaudio_core.engines.fun_asr.frontend import FRONTEND
from funaudio_core.engines.fun_asr.runner import Reader, Reading
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.gpu import device as gpu_device
from funaudio_core.types import Audio, Segment
from funaudio_core.weights import store

TOKENIZER = "qwen3-tokenizer"  # the artifact; both models write with the vocabulary of Qwen3-0.6B
LONGEST = 30.0  # seconds; what the model was trained on, as FunASR's max_single_segment_time says
JOINED = 15.0  # seconds; sentences are taken together up to here, as FunASR's merge_length_s says
BUDGET = 120.0  # seconds of padded sound in one call: eight stretches of JOINED
# What a call costs by itself, in seconds of sound: each token reads all weights of the language model, for one stretch
# or for all. A product with 82 MB of them took 8 ms for one row, 9 for four and 14 for eight on two threads.
CALL = 60.0
UNKNOWN = 0.0  # probability of a language that was read off the script alone
MOST_HOTWORDS = 100  # far more than FunASR's examples have; a list without end would outgrow the prompt
MOST_LETTERS = 1000  # of all hotwords together, for the same reason


class FunAsr:
    """Fun-ASR-Nano behind FireRed's voice activity detection. It tells no times of words: the released weights lack
    the branch that would.

    Thread-safe: nothing of a call outlives it. Concurrent calls share the processor; each holds one chapter of its
    clip and one batch at a time.
    """

    def __init__(self, spec: EngineSpec[FunAsr], names: dict[str, str], reader: Reader, ear: FireRed) -> None:
        self._spec, self._names, self._reader, self._ear = spec, names, reader, ear
        self._frontend = Frontend(FRONTEND, None)

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Segments in order of time, each as soon as it is written; silence is left out and never read.

        A language that is not told is read off the script of the text, if the engine can tell languages. Raises
        BadInput for a language that it lacks or must be told, or too many hotwords, Unsupported for a translation.
        """
        for code in hearing.requested_languages:
            languages.require_language(code, self._spec.languages, self._spec.title)
        if hearing.translate_to_english:
            self._spec.require("to-english")
        if len(hearing.requested_languages) != 1 and "language-id" not in self._spec.capabilities:
            raise BadInput(
                "{engine} can't detect the spoken language. Choose the language, or another model.",
                engine=self._spec.title,
            )
        if len(hearing.hotwords) > MOST_HOTWORDS:
            raise BadInput(
                "Too many hotwords ({given}; {engine} accepts at most {most}). Remove some of them.",
                given=len(hearing.hotwords),
                engine=self._spec.title,
                most=MOST_HOTWORDS,
            )
        if (letters := sum(map(len, hearing.hotwords))) > MOST_LETTERS:
            raise BadInput(
                "The hotwords are too long ({given:,} characters; {engine} accepts at most {most:,}). "
                "Remove some of them.",
                given=letters,
                engine=self._spec.title,
                most=MOST_LETTERS,
            )
        return self._segments(clip, hearing)

    def _segments(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        for chapter in segmentation.find_windows(clip, self._ear.speech, LONGEST, JOINED):
            features = [self._features(clip, stretch) for stretch in chapter]
            seconds = [len(rows) * FRONTEND.row_seconds for rows in features]
            groups = segmentation.plan_batches(seconds, BUDGET, CALL)
            heard = segmentation.map_in_order(groups, partial(self._read, features, hearing))
            for stretch, (language, text) in zip(chapter, heard, strict=True):
                if text:
                    told = len(hearing.requested_languages) == 1
                    yield Segment(*stretch.speech_bounds, text, language, 1.0 if told else UNKNOWN)

    def _features(self, clip: Audio, stretch: SpeechWindow) -> Float:
        return self._frontend.features(audio.resample(clip.slice(stretch.start, stretch.end), FRONTEND.rate).samples)

    def _read(
        self, features: Sequence[Float], hearing: RecognitionOptions, group: Sequence[int]
    ) -> list[tuple[str, str]]:
        """(language, text) of one batch; read again where it came out in a language that is not allowed."""
        clips = [features[index] for index in group]
        if len(hearing.requested_languages) == 1:
            (language,) = hearing.requested_languages
            return [(language, reading.text) for reading in self._asked(clips, hearing, language)]
        heard = [(prompts.language_of(reading.text), reading.text) for reading in self._asked(clips, hearing, None)]
        for place, (language, _) in enumerate(heard):
            if hearing.candidate_languages and language not in hearing.candidate_languages:
                tried = {
                    code: self._asked([clips[place]], hearing, code)[0] for code in sorted(hearing.candidate_languages)
                }
                best = max(tried, key=lambda code: tried[code].logprob)
                heard[place] = best, tried[best].text
        return heard

    def _asked(self, clips: Sequence[Float], hearing: RecognitionOptions, language: str | None) -> list[Reading]:
        name = None if language is None else self._names[language]
        words = [" ".join(word.split()) for word in hearing.hotwords if word.strip()]
        return self._reader.read(clips, prompts.prompt(name, words, hearing.itn))


def _load(spec: EngineSpec[FunAsr], names: dict[str, str], tokens: str) -> FunAsr:
    """The engine with its weights (fetched first if they are absent), on the GPU where there is one.

    tokens: the mode of reader.audio_tokens() that the model was trained with.
    """
    folder, tokenizer = (store.artifact_dir(artifact) for artifact in spec.artifacts)
    from funaudio_core.engines.fun_asr import checkpoint

    model = checkpoint.load(folder / "model.pt")
    device, chosen = "cuda" if gpu_device.has_gpu() else "cpu", settings.read()
    mode = tokens if chosen.fun_asr_tokens == "own" else chosen.fun_asr_tokens
    reader = Reader(model, tokenizer / "tokenizer.json", device, chosen.threads, mode)
    return FunAsr(spec, names, reader, FireRed())


SPEC: EngineSpec[FunAsr] = EngineSpec(
    name="fun-asr-nano",
    title="Fun-ASR-Nano-2512",
    tier="full",
    languages=frozenset(prompts.NANO),
    licence="Apache-2.0",
    source="FunAudioLLM/Fun-ASR-Nano-2512",
    load=lambda: _load(SPEC, prompts.NANO, "prefix"),  # its config.yaml sets use_low_frame_rate
    capabilities=frozenset({"language-id", "itn", "hotwords"}),
    artifacts=("fun-asr-nano", TOKENIZER),
)
MLT: EngineSpec[FunAsr] = EngineSpec(
    name="fun-asr-mlt-nano",
    title="Fun-ASR-MLT-Nano-2512",
    tier="full",
    languages=frozenset(prompts.MLT),
    licence="Apache-2.0",
    source="FunAudioLLM/Fun-ASR-MLT-Nano-2512",
    load=lambda: _load(MLT, prompts.MLT, "all"),  # its config.yaml leaves that out, and FunASR's default is off
    capabilities=frozenset({"itn", "hotwords"}),
    artifacts=("fun-asr-mlt-nano", TOKENIZER),
)
