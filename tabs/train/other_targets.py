"""Trainings of large checkpoints: what they need, what is here, and the command that runs them."""

from __future__ import annotations

from html import escape

from funaudio_core.engines import cosyvoice, fun_audio_chat, loader, sensevoice
from funaudio_core.gpu import device, zerogpu
from funaudio_core.message import Message
from server.request import localize

WORDS, RECOGNIZER, VOICE, ASSISTANT = "words", "recognizer", "voice", "assistant"
TARGETS = (WORDS, RECOGNIZER, VOICE, ASSISTANT)
_COMMANDS = {
    RECOGNIZER: "python -m funaudio_core.training sensevoice --help",
    VOICE: "python -m funaudio_core.training voice --help",
    ASSISTANT: "python -m funaudio_core.training fun-audio-chat --help",
}
_ENGINES = {
    RECOGNIZER: sensevoice.SPEC,
    VOICE: cosyvoice.SPEC_V3,
    ASSISTANT: fun_audio_chat.SPEC,
}
_ABOUT = {
    RECOGNIZER: Message("Trains SenseVoice on clips with their texts: a dialect, a domain, its labels."),
    VOICE: Message("Trains CosyVoice on clips of one speaker, so that it speaks in that voice."),
    ASSISTANT: Message("Trains Fun-Audio-Chat on conversations, so that it answers as yours."),
}


def target_html(target: str) -> str:
    """Return what a training needs and whether it is here; "" for WORDS."""
    if target == WORDS:
        return ""
    has_gpu = device.has_gpu() and not zerogpu.is_zerogpu()
    needs = (
        f"✓ {localize('A GPU')}" if has_gpu else f"✗ {localize('A GPU: this server has none for training')}",
        _checkpoint_text(target),
    )
    items = "".join(f"<li>{escape(need)}</li>" for need in needs)
    command = localize("The owner of the server runs it from the command line:")
    return (
        f"<p>{escape(localize(_ABOUT[target]))}</p><ul class='fa-findings'>{items}</ul>"
        f"<p>{escape(command)} <code>{_COMMANDS[target]}</code></p>"
    )


def _checkpoint_text(target: str) -> str:
    """Return whether the checkpoint is here, where that is known without a look at the network."""
    spec = _ENGINES[target]
    if target == ASSISTANT:
        return f"• {localize('The checkpoint of {engine}', engine=spec.title)}"
    if loader.download_size(spec):
        return f"✗ {localize('The checkpoint of {engine}: not on this server', engine=spec.title)}"
    return f"✓ {localize('The checkpoint of {engine}', engine=spec.title)}"
