"""The pages, in the order they stand on the screen."""

from __future__ import annotations

from tabs import (
    audio_chat,
    audiobook,
    chat,
    cross_lingual,
    evaluate,
    instruct,
    podcast,
    recognize,
    start,
    status,
    train,
    translate,
    zero_shot,
)

TABS = (
    start,
    recognize,
    zero_shot,
    cross_lingual,
    instruct,
    translate,
    chat,
    audio_chat,
    audiobook,
    podcast,
    evaluate,
    train,
    status,
)
