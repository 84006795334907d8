"""PerTh, Resemble AI's neural watermark, through the `resemble-perth` package. Knows no synthesizer.

The network hears 32 kHz and changes magnitudes below 2 kHz. Only that change is carried back to the clip's own rate, so
that everything else of the clip stays as it is, bit for bit apart from a common gain where the sum would clip.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from funaudio_core.audio import fade, peak, resample
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported, WeightsMissing
from funaudio_core.types import Audio, Samples
from funaudio_core.weights import store

if TYPE_CHECKING:
    import torch

RATE = 32_000  # Hz, of the network
HOP = 320  # samples at RATE between frames, as trained
WINDOW = 20 * RATE  # samples at RATE worked on at once: bounds the memory (about 100 MB) whatever the clip's length
CONTEXT = 64 * HOP  # samples at RATE around a window; the network sees 15 frames and half an FFT (3.2 hops) each way
SHORTEST = 32 * HOP  # samples at RATE; shorter clips are padded with zeros up to it
FADE = 0.005  # seconds over which the mark begins and ends, so that marked pieces join without a click
CEILING = 0.999  # highest peak that marking may leave behind
CHECKPOINT = "perth_net_250000.pth.tar"
CHECKPOINT_SHA256 = "a15bce457ebc53ce5e6c9c3f11df78cf7ee2bf9cdab0a798902135b4c4027670"  # of resemble-perth 1.0.1


class PerthWatermarker:
    """Marks and finds. Any number of threads may use one object; the network works for one of them at a time."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 (the package has no types)
        self._network = network
        self._turn = threading.Lock()

    def mark(self, audio: Audio) -> Audio:
        """The same sound with the mark in it: same rate, same length, nothing beyond [-1, 1] that was not before.

        Where the mark would raise the peak past both CEILING and the clip's own peak, the whole clip is turned down
        just enough (real speech at full scale: median .6 dB, at most 1.4 dB). Digital silence stays silent, unmarked.
        """
        if not audio.samples.any():
            return audio
        change = resample(Audio(self._change(resample(audio, RATE).samples), RATE), audio.rate).samples
        count = len(audio.samples)
        change = np.pad(change[:count], (0, max(0, count - len(change))))  # rounding of the rates may lose a sample
        marked = audio.samples + fade(Audio(change, audio.rate), FADE, FADE).samples
        limit, top = max(CEILING, peak(audio)), float(np.abs(marked).max())
        return Audio(marked * np.float32(limit / top) if top > limit else marked, audio.rate)

    def find(self, audio: Audio) -> float:
        """How surely the mark is there, [0, 1]; at least .5 means found. The best of the windows of a long clip.

        0 for digital silence. The mark survives MP3, noise and resampling, not a change of speed.
        """
        samples = resample(audio, RATE).samples
        starts = range(0, len(samples), WINDOW)
        # a short rest says little; the last window reaches back instead
        pieces = [samples[max(0, min(start, len(samples) - WINDOW)) :][:WINDOW] for start in starts]
        return max((self._score(piece) for piece in pieces), default=0.0)

    def _change(self, samples: Samples) -> Samples:
        """What the network adds to samples at RATE; same shape."""
        import torch

        change = np.zeros_like(samples)
        for start in range(0, len(samples), WINDOW):
            first = max(0, start - CONTEXT)
            piece = samples[first : start + WINDOW + CONTEXT]
            if not piece.any():
                continue
            with self._alone():
                marked = self._marked(torch.from_numpy(piece))
            count = min(WINDOW, len(samples) - start)
            inside = slice(start - first, start - first + count)
            change[start : start + count] = marked[: len(piece)][inside] - piece[inside]
        return change

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One window at a time on one core: for a network this small, waiting for more costs more than they bring.

        Measured with other work on the cores: .021 CPU-s a second of audio instead of .062.
        """
        import torch

        with self._turn, torch.inference_mode():
            before = torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                yield
            finally:
                torch.set_num_threads(before)

    def _marked(self, piece: torch.Tensor) -> Samples:
        """The network's own rendering, float32 (n,), n a whole number of hops that covers the piece (n0,)."""
        import torch

        count = max(SHORTEST, -(-len(piece) // HOP) * HOP)
        padded = torch.nn.functional.pad(piece, (0, count - len(piece)))
        magnitude, phase = self._network.ap.signal_to_magphase(padded)
        marked, _mask = self._network.encoder(magnitude[None])
        samples: Samples = self._network.ap.magphase_to_signal(marked[0], phase).numpy()
        return samples

    def _score(self, piece: Samples) -> float:
        import torch

        if not piece.any():
            return 0.0
        with self._alone():
            padded = np.pad(piece, (0, max(0, SHORTEST - len(piece))))
            magnitude, _phase = self._network.ap.signal_to_magphase(torch.from_numpy(padded))
            score = float(self._network.decoder(magnitude[None])[0])
        return min(1.0, max(0.0, score))


def _load() -> Watermarker:
    with warnings.catch_warnings():  # the package finds its own folder through pkg_resources, which warns
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*pkg_resources", category=DeprecationWarning)
        try:
            from perth.perth_net import PREPACKAGED_MODELS_DIR
            from perth.perth_net.perth_net_implicit.config import default_hp
            from perth.perth_net.perth_net_implicit.model.perth_net import PerthNet
        except ImportError as error:
            raise Unsupported(
                "The watermark can't run: {error}. Install it with "
                "`pip install resemble-perth==1.0.1 torchaudio 'setuptools<81'`.",
                error=error,
            ) from error
    import torch

    path = Path(PREPACKAGED_MODELS_DIR) / "implicit" / CHECKPOINT
    if not path.is_file() or store.sha256(path) != CHECKPOINT_SHA256:
        raise WeightsMissing(
            "{path} is missing or isn't the file from resemble-perth 1.0.1. "
            "Run `pip install --force-reinstall --no-deps resemble-perth==1.0.1`.",
            path=path,
        )
    network = PerthNet(default_hp)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model"])
    return PerthWatermarker(network.eval())


SPEC: EngineSpec[Watermarker] = EngineSpec(
    name="perth",
    title="PerTh",
    tier="lite",
    languages=frozenset(),  # marks sound, not words
    licence="MIT",
    source="resemble-ai/Perth, as resemble-perth 1.0.1",
    load=_load,
)
