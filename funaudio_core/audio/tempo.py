"""Change of the tempo of finished speech at the same pitch."""

from __future__ import annotations

from typing import Any

import numpy as np

from funaudio_core.types import Audio


def change_tempo(audio: Audio, factor: float) -> Audio:
    """Return the audio `factor` times as fast, at its pitch, by FFmpeg's atempo filter (overlapping segments).

    Args:
        audio: The audio.
        factor: At least 0.5; 1 returns the audio itself.
    """
    if factor == 1.0 or not len(audio.samples):
        return audio
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=audio.rate, format="flt", layout="mono")
    tempo, sink = graph.add("atempo", f"{factor:.6f}"), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(audio.samples[None], "flt", "mono")
    frame.sample_rate = audio.rate
    graph.push(frame)
    graph.push(None)
    return Audio(np.concatenate(list(_pulled(graph)) or [np.zeros(0, np.float32)]), audio.rate)


def _pulled(graph: Any) -> Any:  # noqa: ANN401 (an iterator of arrays; the graph has no types)
    import av

    while True:
        try:
            yield graph.pull().to_ndarray()[0]
        except (av.error.EOFError, av.error.BlockingIOError):
            return
