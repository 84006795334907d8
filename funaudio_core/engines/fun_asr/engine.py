"""Fun-ASR-Nano as a Recognizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from funaudio_core import audio, languages, settings
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.fun_asr import prompts
from funaudio_core.engines.fun_asr.frontend import FRONTEND
from funaudio_core.engines.fun_asr.runner import Hypothesis, ModelRunner
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.gpu import device as gpu_device
from funaudio_core.types import Audio, Segment
from funaudio_core.weights import store

TOKENIZER_ARTIFACT = "qwen3-tokenizer"  # of both models: their language model is Qwen3-0.6B
MAX_WINDOW_SECONDS = 30.0  # the longest that the model was trained with, FunASR's max_single_segment_time
MAX_MERGED_SECONDS = 15.0  # sentences are merged up to this length, FunASR's merge_length_s
MAX_BATCH_SECONDS = 120.0  # padding included: eight windows of MAX_MERGED_SECONDS
# Fixed cost of a call, as seconds of audio that take as long: each token reads all weights of the language model,
# whatever the size of the batch. A product with 82 MB of them took 8 ms for one row, 9 for four and 14 for eight on
# two threads.
CALL_COST_SECONDS = 60.0
UNKNOWN_PROBABILITY = 0.0  # of a language that was detected from the text
MAX_HOTWORDS = 100  # far more than in FunASR's examples; all of them stand in the prompt
MAX_HOTWORD_CHARACTERS = 1000  # of all hotwords together, for the same reason


class FunAsr:
    """Fun-ASR-Nano behind FireRed's voice activity detection.

    It returns no word times: the released weights lack the branch that predicts them.

    Thread-safe: no state is kept between calls. Concurrent calls share the processor; each holds one chapter of its
    clip and one batch at a time.
    """

    def __init__(
        self,
        spec: EngineSpec[FunAsr],
        language_names: dict[str, str],
        runner: ModelRunner,
        event_detector: FireRed,
    ) -> None:
        """Create the engine.

        Args:
            spec: Its specification.
            language_names: Name of each language in the prompts, by code.
            runner: Runs the model.
            event_detector: Finds speech and pauses.
        """
        self._spec, self._language_names = spec, language_names
        self._runner, self._event_detector = runner, event_detector
        self._frontend = Frontend(FRONTEND, None)

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        """Transcribe a clip; silence is skipped.

        If no language is chosen and the engine has the capability "language-id", the language is detected from the
        script of the text.

        Args:
            clip: The recording.
            options: Languages, hotwords and the like.

        Returns:
            Segments in order of time, each as soon as it is known.

        Raises:
            BadInput: A language is not supported, none is chosen although the engine can't detect it, or there are too
                many hotwords.
            Unsupported: A translation is requested.
        """
        for code in options.requested_languages:
            languages.require_language(code, self._spec.languages, self._spec.title)
        if options.translate_to_english:
            self._spec.require("to-english")
        if len(options.requested_languages) != 1 and "language-id" not in self._spec.capabilities:
            raise BadInput(
                "{engine} can't detect the spoken language. Choose the language, or another model.",
                engine=self._spec.title,
            )
        if len(options.hotwords) > MAX_HOTWORDS:
            raise BadInput(
                "Too many hotwords ({given}; {engine} accepts at most {most}). Remove some of them.",
                given=len(options.hotwords),
                engine=self._spec.title,
                most=MAX_HOTWORDS,
            )
        if (characters := sum(map(len, options.hotwords))) > MAX_HOTWORD_CHARACTERS:
            raise BadInput(
                "The hotwords are too long ({given:,} characters; {engine} accepts at most {most:,}). "
                "Remove some of them.",
                given=characters,
                engine=self._spec.title,
                most=MAX_HOTWORD_CHARACTERS,
            )
        return self._segments(clip, options)

    def _segments(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        probability = 1.0 if len(options.requested_languages) == 1 else UNKNOWN_PROBABILITY
        for windows in segmentation.find_windows(
            clip, self._event_detector.detect_speech, MAX_WINDOW_SECONDS, MAX_MERGED_SECONDS
        ):
            features = [self._features(clip, window) for window in windows]
            seconds = [len(rows) * FRONTEND.row_seconds for rows in features]
            batches = segmentation.plan_batches(seconds, MAX_BATCH_SECONDS, CALL_COST_SECONDS)
            results = segmentation.map_in_order(batches, partial(self._recognize, features, options))
            for window, (language, text) in zip(windows, results, strict=True):
                if text:
                    yield Segment(*window.speech_bounds, text, language, probability)

    def _features(self, clip: Audio, window: SpeechWindow) -> Float:
        return self._frontend.features(audio.resample(clip.slice(window.start, window.end), FRONTEND.rate).samples)

    def _recognize(
        self, features: Sequence[Float], options: RecognitionOptions, batch: Sequence[int]
    ) -> list[tuple[str, str]]:
        """Return language and text of each clip of a batch of indices.

        A clip in a language other than the candidates runs again in each of these, and the most probable text is kept.
        """
        clips = [features[index] for index in batch]
        if len(options.requested_languages) == 1:
            (language,) = options.requested_languages
            return [(language, hypothesis.text) for hypothesis in self._run(clips, options, language)]
        texts = [hypothesis.text for hypothesis in self._run(clips, options, None)]
        results = [(prompts.detect_language(text), text) for text in texts]
        for index, (language, _) in enumerate(results):
            if options.candidate_languages and language not in options.candidate_languages:
                hypotheses = {
                    code: self._run([clips[index]], options, code)[0] for code in sorted(options.candidate_languages)
                }
                best = max(hypotheses, key=lambda code: hypotheses[code].mean_logprob)
                results[index] = best, hypotheses[best].text
        return results

    def _run(self, clips: Sequence[Float], options: RecognitionOptions, language: str | None) -> list[Hypothesis]:
        name = None if language is None else self._language_names[language]
        hotwords = [" ".join(word.split()) for word in options.hotwords if word.strip()]
        return self._runner.transcribe(clips, prompts.build_prompt(name, hotwords, options.itn))


def _load(spec: EngineSpec[FunAsr], language_names: dict[str, str], trained_mode: str) -> FunAsr:
    """Load an engine, on a GPU if there is one; download missing weights.

    Args:
        spec: Its specification.
        language_names: Name of each language in the prompts, by code.
        trained_mode: Mode of runner.audio_token_count() with which the model was trained.
    """
    folder, tokenizer = (store.artifact_dir(artifact) for artifact in spec.artifacts)
    from funaudio_core.engines.fun_asr import checkpoint

    model = checkpoint.load(folder / "model.pt")
    device, values = "cuda" if gpu_device.has_gpu() else "cpu", settings.read()
    mode = trained_mode if values.fun_asr_tokens == "own" else values.fun_asr_tokens
    runner = ModelRunner(model, tokenizer / "tokenizer.json", device, values.threads, mode)
    return FunAsr(spec, language_names, runner, FireRed())


SPEC: EngineSpec[FunAsr] = EngineSpec(
    name="fun-asr-nano",
    title="Fun-ASR-Nano-2512",
    tier="full",
    languages=frozenset(prompts.NANO),
    licence="Apache-2.0",
    source="FunAudioLLM/Fun-ASR-Nano-2512",
    load=lambda: _load(SPEC, prompts.NANO, "prefix"),  # its config.yaml sets use_low_frame_rate
    capabilities=frozenset({"language-id", "itn", "hotwords"}),
    artifacts=("fun-asr-nano", TOKENIZER_ARTIFACT),
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
    artifacts=("fun-asr-mlt-nano", TOKENIZER_ARTIFACT),
)
