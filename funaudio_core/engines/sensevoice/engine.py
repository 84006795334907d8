"""SenseVoiceSmall as a Recognizer and a SpeechEmotionRecognizer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core import audio, languages, settings, text
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.engines.sensevoice import config, onnx_export, prompt
from funaudio_core.engines.sensevoice.ctc import Output
from funaudio_core.engines.sensevoice.runtime import OnnxRuntime, Runtime, TorchRuntime
from funaudio_core.engines.sensevoice.tokens import Vocabulary
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import device
from funaudio_core.types import Audio, Emotion, Segment, Span
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoiceModel

ARTIFACT = "sensevoice-small"
MODEL_FILE = "model.pt"
LANGUAGES = frozenset(prompt.LANGUAGES)
MAX_WINDOW_SECONDS = 30.0  # the longest that the model was trained with, FunASR's max_single_segment_time
MAX_MERGED_SECONDS = 15.0  # sentences are merged up to this length, FunASR's merge_length_s


class SenseVoice:
    """SenseVoiceSmall behind FireRed's voice activity detection.

    Thread-safe: no state is kept between calls. Concurrent calls share the processor; each holds one chapter of its
    clip and one batch at a time.
    """

    def __init__(
        self,
        model_config: SanmConfig,
        frontend: Frontend,
        runtime: Runtime,
        vocabulary: Vocabulary,
        event_detector: FireRed,
    ) -> None:
        """Create the engine.

        Args:
            model_config: Sizes of the model.
            frontend: Computes the features.
            runtime: Runs the model.
            vocabulary: Of the model.
            event_detector: Finds speech and pauses.
        """
        self._config, self._frontend, self._runtime = model_config, frontend, runtime
        self._vocabulary, self._event_detector = vocabulary, event_detector

    @property
    def runtime(self) -> Runtime:
        """What runs the model."""
        return self._runtime

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        """Transcribe a clip; silence is skipped.

        Args:
            clip: The recording.
            options: Languages and the like.

        Returns:
            Segments in order of time, each as soon as it is known. Emotion and events are those of a whole segment.

        Raises:
            BadInput: A language is not supported.
            Unsupported: A translation is requested.
        """
        for code in options.requested_languages:
            languages.require_language(code, LANGUAGES, SPEC.title)
        if options.translate_to_english:
            SPEC.require("to-english")
        return self._segments(clip, options)

    def classify(self, clips: Sequence[Audio]) -> list[Emotion | None]:
        """Return the emotion of each clip, None if the model can't tell; clips have at most MAX_WINDOW_SECONDS."""
        return [
            self._vocabulary.read_tags(output.tag_logits).emotion
            for output in self._outputs(clips, RecognitionOptions())
        ]

    def transcribe_utterances(self, clips: Sequence[Audio], options: RecognitionOptions) -> list[str]:
        """Return the text of each clip as one utterance, in batches and without voice activity detection."""
        return [self._text(output) for output in self._outputs(clips, options)]

    def _outputs(self, clips: Sequence[Audio], options: RecognitionOptions) -> Iterator[Output]:
        """Yield the output of each clip in order, each as soon as it and those before it are ready."""
        features = [self._features(clip) for clip in clips]
        seconds = [len(rows) * self._config.row_seconds for rows in features]
        batches = segmentation.plan_batches(seconds, self._runtime.max_batch_seconds, self._runtime.call_cost_seconds)
        return segmentation.map_in_order(batches, partial(self._run, features, options))

    def _segments(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        for windows in segmentation.find_windows(
            clip, self._event_detector.detect_speech, MAX_WINDOW_SECONDS, MAX_MERGED_SECONDS
        ):
            clips = [clip.slice(window.start, window.end) for window in windows]
            for window, output in zip(windows, self._outputs(clips, options), strict=True):
                segment = self._segment(window, output, options)
                if text.is_speakable(segment.text):  # for noise the model may output a lone punctuation mark
                    yield segment

    def _features(self, clip: Audio) -> Float:
        return self._frontend.features(audio.resample(clip, self._config.rate).samples)

    def _run(self, features: Sequence[Float], options: RecognitionOptions, batch: Sequence[int]) -> list[Output]:
        """Return the outputs of one batch of indices.

        Clips in a language other than the candidates run again in the most probable candidate.
        """
        prompt_rows = prompt.prompt_rows(options.language, options.itn)
        outputs = self._runtime.run([features[index] for index in batch], [prompt_rows] * len(batch))
        retries: dict[int, str] = {}  # language by position in the batch
        if options.language is None and options.candidate_languages:
            for position, output in enumerate(outputs):
                candidate = self._vocabulary.read_tags(output.tag_logits, options.candidate_languages).language
                if candidate != self._vocabulary.read_tags(output.tag_logits).language:
                    retries[position] = candidate
        if retries:
            clips = [features[batch[position]] for position in retries]
            prompts = [prompt.prompt_rows(code, options.itn) for code in retries.values()]
            for position, output in zip(retries, self._runtime.run(clips, prompts), strict=True):
                language_logits = outputs[position].tag_logits[:1]  # of the run whose prompt named no language
                tag_logits = np.concatenate([language_logits, output.tag_logits[1:]])
                outputs[position] = replace(output, tag_logits=tag_logits)
        return outputs

    def _text(self, output: Output) -> str:
        return self._vocabulary.text(token.id for token in output.tokens)

    def _segment(self, window: SpeechWindow, output: Output, options: RecognitionOptions) -> Segment:
        tags = self._vocabulary.read_tags(output.tag_logits, options.candidate_languages)
        start, end = window.speech_bounds
        words = self._vocabulary.words(output.tokens, self._config.row_seconds) if options.words else ()
        return Segment(
            start,
            end,
            self._text(output),
            options.language or tags.language,
            tags.language_probability if options.language is None else 1.0,
            tuple(word.shift(window.start) for word in words),
            tags.emotion,
            () if tags.event is None else (Span(tags.event[0], start, end, tags.event[1]),),
        )


def load() -> SenseVoice:
    """Load the engine, on a GPU if there is one; download missing weights."""
    return build(_released_runtime)


def build(make_runtime: Callable[[Path, SanmConfig, int], Runtime]) -> SenseVoice:
    """Return the engine with a runtime, which is made of model.pt, its sizes and the size of the vocabulary."""
    folder = store.artifact_dir(ARTIFACT)
    model_config = config.read(folder / "config.yaml")
    vocabulary = Vocabulary(folder / "chn_jpn_yue_eng_ko_spectok.bpe.model")
    runtime = make_runtime(folder / MODEL_FILE, model_config, vocabulary.size)
    return SenseVoice(model_config, Frontend(model_config, folder / "am.mvn"), runtime, vocabulary, FireRed())


def _released_runtime(path: Path, model_config: SanmConfig, vocabulary_size: int) -> Runtime:
    """Return the runtime of the released model: in PyTorch on a GPU, as an ONNX graph without one."""

    def load_model() -> SenseVoiceModel:
        from funaudio_core.engines.sensevoice import checkpoint

        return checkpoint.load(path, model_config, vocabulary_size)

    if device.has_gpu():
        return TorchRuntime(load_model(), "cuda")
    file = next(file for file in ARTIFACTS[ARTIFACT].files if file.name == MODEL_FILE)
    name = f"{ARTIFACT}-{onnx_export.VERSION}-{file.sha256[:12]}-{graph_kind()}.onnx"
    return OnnxRuntime(store.cached(name, lambda target: write_graph(target, load_model)), settings.read().threads)


def graph_kind() -> str:
    """Return the kind of graph for this processor, "fp32" or "int8"."""
    return "fp32" if settings.read().fp32 or not onnx_export.has_fast_int8() else "int8"


def write_graph(path: Path, load_model: Callable[[], SenseVoiceModel]) -> None:
    """Write the graph of a model for this processor, which takes one to two minutes and 5 GB of memory."""
    is_fp32 = graph_kind() == "fp32"
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fp32_path = path if is_fp32 else Path(folder) / "fp32.onnx"
        onnx_export.write_fp32(load_model(), fp32_path)
        if not is_fp32:
            onnx_export.write_int8(fp32_path, path)


SPEC: EngineSpec[SenseVoice] = EngineSpec(
    name="sensevoice-small",
    title="SenseVoiceSmall",
    tier="full",
    languages=LANGUAGES,
    licence="FunASR model licence 1.1",
    source="FunAudioLLM/SenseVoiceSmall",
    load=load,
    capabilities=frozenset({"language-id", "word-times", "itn", "emotion", "events"}),
    artifacts=(ARTIFACT,),
)
