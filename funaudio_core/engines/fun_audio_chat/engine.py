"""Fun-Audio-Chat-8B as a SpokenChatbot."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core import audio, settings
from funaudio_core.engines.cosyvoice.config import SAMPLE_RATE, V3, ModelConfig
from funaudio_core.engines.fun_audio_chat import clip_features, files, prompts
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS
from funaudio_core.engines.fun_audio_chat.prompts import ChatMessage, ChatTokenizer, TextStream
from funaudio_core.engines.llm.audio_chat_prompts import system_prompt
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import (
    HEARS,
    SPEAKS,
    TOOLS,
    UNDERSTANDS,
    USER,
    ReplyPiece,
    SpokenConversation,
    SpokenTurn,
)
from funaudio_core.errors import BadInput
from funaudio_core.gpu import device as gpu_device
from funaudio_core.gpu import zerogpu
from funaudio_core.types import Audio, Samples, Voice
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS

if TYPE_CHECKING:
    from funaudio_core.engines.cosyvoice.features import Float
    from funaudio_core.engines.cosyvoice.prompt import SpeakerCache
    from funaudio_core.engines.fun_audio_chat.reply_state import ReplyOptions, Step
    from funaudio_core.engines.fun_audio_chat.runner import ModelRunner
    from funaudio_core.engines.fun_audio_chat.speech_output import SpeechOutput, SpeechStream
    from funaudio_core.weights.adapters import Adapter, AdapterAtStrength

log = logging.getLogger(__name__)
MIN_REPLY_POSITIONS = 128  # that a conversation leaves for its reply: 25 s of speech
STEP_SECONDS = 0.2  # of speech; that of the first text begins with the third group, when the audio does
VOICES_FILE = "new_spk2info.pt"  # speaker embeddings that the authors publish with their code; optional
DEFAULT_CLIP = next(row.path for row in EXAMPLES if (row.language, row.emotion) == ("zh", "neutral"))


class FunAudioChat:
    """Fun-Audio-Chat-8B, with the flow and the vocoder of Fun-CosyVoice 3 as its voice.

    Thread-safe: the state of a reply is in its iterator, and replies that are made at the same time share the passes of
    the language model.
    """

    def __init__(
        self,
        spec: EngineSpec[FunAudioChat],
        runner: ModelRunner,
        speech: SpeechOutput,
        voices: dict[str, Float],
        clip_speakers: SpeakerCache,
    ) -> None:
        """Create the engine from its parts.

        Args:
            spec: Its specification.
            runner: Runs the model.
            speech: Makes audio of codes.
            voices: Speaker embeddings, float32 (192,), by name; the first one is the default. Without any, it is
                DEFAULT_CLIP.
            clip_speakers: Provides the speaker embeddings of clips.
        """
        self._spec, self._runner, self._speech = spec, runner, speech
        self._voices, self._clip_speakers = voices, clip_speakers

    @property
    def presets(self) -> tuple[str, ...]:
        """Names of the published voices, for Voice.preset; none without their file."""
        return tuple(self._voices)

    def with_adapter(self, change: AdapterAtStrength) -> FunAudioChat:
        """Return an engine that shares this one's weights and voices; see ModelRunner.with_adapter()."""
        changed = self._runner.with_adapter(change)
        return FunAudioChat(self._spec, changed, self._speech, self._voices, self._clip_speakers)

    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        """Reply to the last turn.

        Text is yielded as it is written. Its speech follows from the sixth step on, 0.6 s at a time at 24 kHz. Spoken
        replies are sampled; text alone is the most probable one.

        Args:
            conversation: The conversation so far. Its earliest turns are left out if it exceeds the context in which
                the model was trained, about six minutes.

        Raises:
            BadInput: There is no question, a clip or the voice can't be used, or the last turn is too long. All errors
                are raised before any reply.
        """
        from funaudio_core.engines.fun_audio_chat.reply_state import ReplyOptions

        turns, speak = conversation.turns, conversation.speak
        if not turns or turns[-1].role != USER or not (turns[-1].clips or turns[-1].text.strip()):
            raise BadInput("There is no question to answer. Record or type one.")
        speaker = self._speaker(conversation.voice) if speak else None
        clips = [[clip_features.clip_samples(clip) for clip in turn.clips] for turn in turns]
        messages = [_message(turn, samples) for turn, samples in zip(turns, clips, strict=True)]
        system = system_prompt(speak=speak, persona=conversation.persona, tools=conversation.tools)
        ids, num_dropped = _fit(self._runner.tokenizer, ChatMessage(prompts.SYSTEM, system), messages)
        options = ReplyOptions(
            speak=speak,
            open_speech=speak,
            sample_text=speak,
            forbid_opening_silence=speak,
            max_tokens=conversation.max_tokens,
            seed=conversation.seed,
        )
        kept = [samples for of_turn in clips[num_dropped:] for samples in of_turn]
        return self._reply(ids, kept, options, speaker, num_dropped)

    def _reply(
        self, ids: Sequence[int], clips: Sequence[Float], options: ReplyOptions, speaker: Float | None, num_dropped: int
    ) -> Iterator[ReplyPiece]:
        if num_dropped:
            yield ReplyPiece(dropped_turns=num_dropped)
        text = TextStream(self._runner.tokenizer)
        speech = None if speaker is None else self._speech.stream(speaker)
        with self._runner.reply(ids, clips, options) as steps:
            for number, step in enumerate(steps):
                if written := text.push(step.text):
                    yield ReplyPiece(written, at=max(0, number - 1) * STEP_SECONDS if speech is not None else None)
                if speech is not None and (samples := self._speak(speech, step)).size:
                    yield _spoken(samples)
        if written := text.finish():
            yield ReplyPiece(written)
        if speech is not None and (samples := self._runner.with_threads(speech.finish)).size:
            yield _spoken(samples)

    def _speak(self, speech: SpeechStream, step: Step) -> Samples:
        """Return the audio that a step completes; special codes are silent."""
        codes = [code for code in step.codes if code < self._runner.num_codes]
        return self._runner.with_threads(lambda: speech.push(codes))

    def _speaker(self, voice: Voice | None) -> Float:
        """Return the speaker embedding of a voice.

        Raises:
            BadInput: The clip can't be used, or there is no preset of that name.
        """
        if voice is None:
            published = next(iter(self._voices.values()), None)
            return self._clip_speakers.get(audio.load(DEFAULT_CLIP)) if published is None else published
        if voice.clip is not None:
            return self._clip_speakers.get(voice.clip)
        if voice.preset not in self._voices:
            raise BadInput(
                "{engine} has no voice called {name!r}. Choose one from the list.",
                engine=self._spec.title,
                name=voice.preset,
            )
        return self._voices[voice.preset]


def _message(turn: SpokenTurn, clips: Sequence[Float]) -> ChatMessage:
    return ChatMessage(turn.role, turn.text, tuple(clip_features.count_positions(len(samples)) for samples in clips))


def _fit(tokenizer: ChatTokenizer, system: ChatMessage, messages: Sequence[ChatMessage]) -> tuple[list[int], int]:
    """Return the ids of a conversation that leaves room for a reply, and how many of its first turns are left out.

    Raises:
        BadInput: The last turn alone is too long.
    """
    most = CONTEXT_POSITIONS - MIN_REPLY_POSITIONS
    starts = [index for index, message in enumerate(messages) if message.role == USER]
    for start in [0, *(index for index in starts if index)]:
        ids = tokenizer.encode_messages([system, *messages[start:]])
        if len(ids) <= most:
            return ids, start
    raise BadInput(
        "The question is too long ({count:,} positions; the limit is {most:,}, about six minutes of speech). "
        "Shorten it.",
        count=len(ids),
        most=most,
    )


def _spoken(samples: Samples) -> ReplyPiece:
    return ReplyPiece(audio=Audio(samples, SAMPLE_RATE))


def read_voices(folder: Path) -> dict[str, Float]:
    """Return the speaker embeddings of VOICES_FILE, float32 (192,), by name; none if the folder lacks it."""
    import torch

    path = folder / VOICES_FILE
    if not path.exists():
        return {}
    entries = torch.load(path, map_location="cpu", weights_only=True)
    return {name: entry["embedding"].float().numpy().ravel() for name, entry in entries.items()}


def build(
    folder: Path,
    speech_folder: Path,
    spec: EngineSpec[FunAudioChat],
    speech_config: ModelConfig,
    adapter: Adapter | None = None,
) -> FunAudioChat:
    """Load the engine on the GPU if there is one, with as many slots and as precise weights as the memory allows.

    Args:
        folder: Files of Fun-Audio-Chat-8B.
        speech_folder: Files of Fun-CosyVoice 3.
        spec: Specification of the engine.
        speech_config: Sizes of Fun-CosyVoice 3.
        adapter: Change that is merged into the weights.

    Raises:
        BadInput: The adapter doesn't fit.
        WeightsMissing: Files are missing or belong to another model.
        Unsupported: The memory is too small.
    """
    import torch

    from funaudio_core.engines.cosyvoice.prompt import SpeakerCache
    from funaudio_core.engines.cosyvoice.prompt_encoders import SpeakerEncoder
    from funaudio_core.engines.fun_audio_chat import checkpoint, memory, quantization, speech_output
    from funaudio_core.engines.fun_audio_chat.config import read_config
    from funaudio_core.engines.fun_audio_chat.runner import ModelRunner

    device, values = "cuda" if gpu_device.has_gpu() else "cpu", settings.read()
    tokenizer = ChatTokenizer(folder / "tokenizer.json")
    empty = checkpoint.build(read_config(folder / files.CONFIG_FILE))
    plan = memory.plan_for_device(empty, speech_config, int(values.audio_chat_bits))
    log.info("%s: %s", spec.title, plan)
    model = checkpoint.load(folder, adapter)
    if device == "cuda" and not torch.cuda.is_bf16_supported():
        model.cast(torch.float16)
    if plan.bits == quantization.BITS:
        quantization.quantize(model)
    runner = ModelRunner(model.to(torch.device(device)), tokenizer, plan.slots, values.threads)
    speakers = SpeakerCache(SpeakerEncoder(speech_folder / "campplus.onnx"))
    speech = speech_output.load(speech_folder, speech_config, device)
    return FunAudioChat(spec, runner, speech, read_voices(folder), speakers)


def _extra_bytes() -> int:
    """Return the memory of the model itself: its files, on a small GPU all that CosyVoice 3 leaves."""
    if zerogpu.is_zerogpu():
        return files.WEIGHT_BYTES
    limit = settings.read().model_memory_bytes or gpu_device.model_memory()
    return max(0, min(files.WEIGHT_BYTES, limit - ARTIFACTS[files.SPEECH_ARTIFACT].size))


SPEC: EngineSpec[FunAudioChat] = EngineSpec(
    name="fun-audio-chat",
    title="Fun-Audio-Chat-8B",
    tier="full",
    languages=frozenset(("zh", "en")),
    licence="Apache-2.0",
    source=files.REPO,
    load=lambda: build(files.folder(), store.artifact_dir(files.SPEECH_ARTIFACT), SPEC, V3),
    capabilities=frozenset((HEARS, SPEAKS, TOOLS, UNDERSTANDS, "voice-clone")),
    artifacts=(files.SPEECH_ARTIFACT,),
    extra_bytes=_extra_bytes,
    needs_gpu=True,
)
