"""SenseVoiceSmall behind the Recognizer Protocol: a clip to segments with language, emotion and events.

Knows neither how the model is run nor how its tokens are read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from funaudio_core import audio, languages, settings, text
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sanm.config import Layout
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.engines.sensevoice import config, onnx_export, prompt_rows
from funaudio_core.engines.sensevoice.ctc import Output
from funaudio_core.engines.sensevoice.runtime import OnnxRuntime, Runtime, TorchRuntime
from funaudio_core.engines.sensevoice.tokens import Vocabulary
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import device
from funaudio_core.types import Audio, Emotion, Segment, Span
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS

ARTIFACT = "sensevoice-small"
LANGUAGES = frozenset(prompt_rows.LANGUAGES)
LONGEST = 30.0  # seconds; what the model was trained on, as FunASR's max_single_segment_time says
JOINED = 15.0  # seconds; sentences are taken together up to here, as FunASR's merge_length_s says


class SenseVoice:
    """SenseVoiceSmall behind FireRed's voice activity detection.

    Thread-safe: nothing of a call outlives it, and the parts only read their tables. Concurrent calls share the
    processor; each holds one chapter of its clip and one batch at a time.
    """

    def __init__(
        self, sizes: Layout, frontend: Frontend, runtime: Runtime, vocabulary: Vocabulary, ear: FireRed
    ) -> None:
        self._layout, self._frontend, self._runtime = sizes, frontend, runtime
        self._vocabulary, self._ear = vocabulary, ear

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Segments in order of time, each as soon as it is read; silence is left out and never read.

        Emotion and events are those of the whole segment. Raises BadInput for a language that it lacks, Unsupported
        for a translation.
        """
        for code in hearing.requested_languages:
            languages.require_language(code, LANGUAGES, SPEC.title)
        if hearing.translate_to_english:
            SPEC.require("to-english")
        return self._segments(clip, hearing)

    def classify(self, clips: Sequence[Audio]) -> list[Emotion | None]:
        """The emotion of each clip as one utterance, at most LONGEST seconds long; None where it can't be told."""
        return [
            self._vocabulary.read_tags(output.tags).emotion for output in self._outputs(clips, RecognitionOptions())
        ]

    def texts(self, clips: Sequence[Audio], hearing: RecognitionOptions) -> list[str]:
        """The text of each clip as one utterance, read in batches and without a search for speech."""
        return [self._text(output) for output in self._outputs(clips, hearing)]

    def _outputs(self, clips: Sequence[Audio], hearing: RecognitionOptions) -> Iterator[Output]:
        """What the model says of each clip, in order, each as soon as it and those before it are known."""
        features = [self._features(clip) for clip in clips]
        seconds = [len(rows) * self._layout.row_seconds for rows in features]
        groups = segmentation.plan_batches(seconds, self._runtime.budget, self._runtime.call)
        return segmentation.map_in_order(groups, partial(self._read, features, hearing))

    def _segments(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        for chapter in segmentation.find_windows(clip, self._ear.speech, LONGEST, JOINED):
            clips = [clip.slice(stretch.start, stretch.end) for stretch in chapter]
            for stretch, output in zip(chapter, self._outputs(clips, hearing), strict=True):
                segment = self._segment(stretch, output, hearing)
                if text.is_speakable(segment.text):  # on noise the model may write a lone mark
                    yield segment

    def _features(self, clip: Audio) -> Float:
        return self._frontend.features(audio.resample(clip, self._layout.rate).samples)

    def _read(self, features: Sequence[Float], hearing: RecognitionOptions, group: Sequence[int]) -> list[Output]:
        """The outputs of one batch; read again, in the likeliest language allowed, where another one was heard."""
        asked = prompt_rows.rows(hearing.language, hearing.itn)
        outputs = self._runtime.read([features[index] for index in group], [asked] * len(group))
        again: dict[int, str] = {}
        if hearing.language is None and hearing.candidate_languages:
            for place, output in enumerate(outputs):
                allowed = self._vocabulary.read_tags(output.tags, hearing.candidate_languages).language
                if allowed != self._vocabulary.read_tags(output.tags).language:
                    again[place] = allowed
        if again:
            clips = [features[group[place]] for place in again]
            better = self._runtime.read(clips, [prompt_rows.rows(code, hearing.itn) for code in again.values()])
            for place, output in zip(again, better, strict=True):
                heard = outputs[place].tags[:1]  # the answer to a question that named no language
                outputs[place] = replace(output, tags=np.concatenate([heard, output.tags[1:]]))
        return outputs

    def _text(self, output: Output) -> str:
        return self._vocabulary.text(token.id for token in output.tokens)

    def _segment(self, stretch: SpeechWindow, output: Output, hearing: RecognitionOptions) -> Segment:
        tags = self._vocabulary.read_tags(output.tags, hearing.candidate_languages)
        told = hearing.language is not None
        start, end = stretch.speech_bounds
        words = self._vocabulary.words(output.tokens, self._layout.row_seconds) if hearing.words else ()
        return Segment(
            start,
            end,
            self._text(output),
            hearing.language or tags.language,
            1.0 if told else tags.language_probability,
            tuple(word.shift(stretch.start) for word in words),
            tags.emotion,
            () if tags.event is None else (Span(tags.event[0], start, end, tags.event[1]),),
        )


def load() -> SenseVoice:
    """SenseVoice with its weights (fetched first if they are absent), on the GPU where there is one."""
    folder = store.artifact_dir(ARTIFACT)
    sizes = config.read(folder / "config.yaml")
    vocabulary = Vocabulary(folder / "chn_jpn_yue_eng_ko_spectok.bpe.model")
    frontend = Frontend(sizes, folder / "am.mvn")
    if device.has_gpu():
        from funaudio_core.engines.sensevoice import checkpoint

        runtime: Runtime = TorchRuntime(checkpoint.load(folder / "model.pt", sizes, vocabulary.size), "cuda")
    else:
        runtime = OnnxRuntime(_graph(folder / "model.pt", sizes, vocabulary.size), settings.read().threads)
    return SenseVoice(sizes, frontend, runtime, vocabulary, FireRed())


def _graph(model: Path, sizes: Layout, pieces: int) -> Path:
    """The graph of the checkpoint for this processor, made on the first call: one to two minutes, 5 GB of memory."""
    exact = settings.read().fp32 or not onnx_export.has_int8()
    file = next(file for file in ARTIFACTS[ARTIFACT].files if file.name == model.name)

    def make(path: Path) -> None:
        from funaudio_core.engines.sensevoice import checkpoint

        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            whole = path if exact else Path(scratch) / "fp32.onnx"
            onnx_export.write_fp32(checkpoint.load(model, sizes, pieces), whole)
            if not exact:
                onnx_export.write_int8(whole, path)

    kind = "fp32" if exact else "int8"
    return store.cached(f"{ARTIFACT}-{onnx_export.VERSION}-{file.sha256[:12]}-{kind}.onnx", make)


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
