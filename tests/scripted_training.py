"""Scripted training of names and terms, which takes no model and as long as a test lets it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from funaudio_core import audio
from funaudio_core.engines.adapted import links
from funaudio_core.engines.whisper import adapted
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation
from funaudio_core.training.words.model import (
    HeldOutText,
    Measures,
    PlannedSentence,
    TermResult,
    WordsCost,
    WordsPlan,
    WordsProgress,
    WordsRequest,
    WordsResult,
)
from funaudio_core.types import Audio
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import Adapter, AdapterCard
from tests import fakes

STEPS, STEPS_PER_EPOCH = 6, 3
VOICES = ("af_heart", "am_michael")
_STEPS_FILE, _HELD_OUT_FILE = "steps.json", "held_out.json"


class ScriptedTrainer:
    """Training whose steps do nothing but count; the count is kept on disk, so that it goes on where it was.

    Attributes:
        before_step: Called before each step with its number, from 1.
        requests: Requests so far, the latest last.
    """

    def __init__(self) -> None:
        self.before_step: Callable[[int], object] = lambda _: None
        self.requests: list[WordsRequest] = []

    def plan(self, terms: Sequence[str], language: str) -> WordsPlan:
        names = tuple(dict.fromkeys(term for term in terms if term.strip()))
        if not names:
            raise BadInput("There are no names or terms yet. Write one a line.")
        texts = [f"Please call {name} today." for name in names] + [f"I met {name} there." for name in names]
        spoken = [
            PlannedSentence(text, VOICES[number % 2], "training", names[number % len(names)])
            for number, text in enumerate(texts)
        ]
        held_out = [PlannedSentence(f"Where is {name} now?", "bm_george", "held-out", name) for name in names]
        return WordsPlan(names, language, (*spoken, *held_out))

    def speak(self, sentence: PlannedSentence, language: str) -> Audio:
        return audio.resample(fakes.say(sentence.text), 16_000)

    def estimate(self, request: WordsRequest) -> WordsCost:
        clips = len(request.clips or ()) + len(request.own_clips)
        return WordsCost(clips, 3.0 * clips, 4_000_000_000, 20_000_000)

    def train_words(self, request: WordsRequest, folder: Path) -> Iterator[WordsProgress]:
        self.requests.append(request)
        (folder / "features").mkdir(parents=True, exist_ok=True)
        plan = self.plan(request.terms, request.language)
        (folder / _HELD_OUT_FILE).write_text(json.dumps([sentence.text for sentence in plan.held_out]))
        yield WordsProgress("features", len(request.clips or ()), len(request.clips or ()))
        steps = folder / _STEPS_FILE
        done = json.loads(steps.read_text()) if steps.exists() else 0
        if not done:
            yield WordsProgress("training", 0, STEPS, 0, {}, 2.0, Measures(0.0, 0.25, 0.0), texts=_texts(plan, 0))
        for number in range(done + 1, STEPS + 1):
            self.before_step(number)
            cancellation.raise_if_cancelled()
            steps.write_text(json.dumps(number))
            yield WordsProgress("training", number, STEPS, 0, {"total": 2.0 / number}, seconds_left=STEPS - number)
            if number % STEPS_PER_EPOCH == 0:
                yield _measured(plan, number)
        yield WordsProgress("merging", 1, 1, result=self._result(plan, folder))

    def _result(self, plan: WordsPlan, folder: Path) -> WordsResult:
        title = f"Whisper base with {', '.join(plan.terms)}"
        card = AdapterCard(title, adapted.RECIPE, adapted.BASE, adapted.base_sha256())
        adapters.save(folder / "adapter", Adapter(card, {"weight": np.zeros(1, np.float32)}))
        return WordsResult(
            links.publish(folder / "adapter"),
            title,
            folder / "adapter",
            (folder / "adapter" / adapters.TENSORS_FILE).stat().st_size,
            Measures(0.0, 0.25, 0.0),
            Measures(1.0, 0.0, 0.0),
            tuple(TermResult(term, 1, 0, 1) for term in plan.terms),
            _texts(plan, STEPS),
            STEPS // STEPS_PER_EPOCH,
            "2026-11-30",
        )

    def held_out_clip(self, number: int, folder: Path) -> Audio:
        try:
            texts = json.loads((folder / _HELD_OUT_FILE).read_text())
            return audio.resample(fakes.say(texts[number]), 16_000)
        except (OSError, IndexError):
            raise BadInput("There is no such clip.") from None

    def delete_adapter(self, engine: str) -> None:
        links.remove(engine)


def _measured(plan: WordsPlan, number: int) -> WordsProgress:
    share = number / STEPS
    measures = Measures(share, 0.25 * (1 - share), 0.0)
    return WordsProgress(
        "training", number, STEPS, number // STEPS_PER_EPOCH, {}, 1 - 0.5 * share, measures, True, _texts(plan, number)
    )


def _texts(plan: WordsPlan, step: int) -> tuple[HeldOutText, ...]:
    return tuple(
        HeldOutText(number, each.text, each.text.replace(each.term, "somebody"), each.text, each.term)
        for number, each in enumerate(plan.held_out)
    )
