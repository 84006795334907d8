"""Command `fun-audio-chat` of `python -m funaudio_core.training`: Fun-Audio-Chat learns from conversations."""

from __future__ import annotations

import argparse
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.training.command_run import add_options, hold_out, train_adapter
from funaudio_core.training.data.conversation_jsonl import read_conversations
from funaudio_core.training.fun_audio_chat.files import FunAudioChatFiles
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.weights.adapters import AdapterCard

MIN_CONVERSATIONS = 2  # one to learn from and one to check with
DEFAULTS = TrainingSettings(learning_rate=1e-4, epochs=3, max_batch_length=2048, precision="bf16")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of a parser."""
    parser = commands.add_parser(
        "fun-audio-chat",
        help="teach Fun-Audio-Chat from conversations",
        description="Teach Fun-Audio-Chat from conversations as its plugin for LLaMA-Factory reads them; needs a large "
        "GPU. The last tenth of the conversations is held out.",
    )
    parser.add_argument("conversations", type=Path, help="file of JSON lines")
    parser.add_argument("--base", type=Path, help="folder of the release; default: the downloaded one")
    parser.add_argument("--out", type=Path, default=Path("my-assistant"), help="folder; default: %(default)s")
    parser.add_argument("--text-only", action="store_true", help="learn the text of the replies, not their speech")
    add_options(parser, DEFAULTS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train, or go on with a training in the same folder, and write the adapter."""
    conversations = read_conversations(options.conversations)
    if len(conversations) < MIN_CONVERSATIONS:
        raise BadInput(
            "There are {count} conversations; at least {least} are needed. Add some.",
            count=len(conversations),
            least=MIN_CONVERSATIONS,
        )
    files = FunAudioChatFiles(options.base)
    items = files.items(conversations, options.conversations.parent)
    learned, held_out = hold_out(items)
    card = AdapterCard(
        name="",
        recipe="",
        base="fun-audio-chat-8b",
        base_sha256=files.sha256(),
        data={"conversations": len(learned), "positions": sum(len(item.ids) for item in learned)},
    )
    recipe = files.recipe(learn_speech=not options.text_only)
    train_adapter(recipe, learned, held_out, options, card)
