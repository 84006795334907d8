"""Course of a training: the clips are spoken and encoded, the decoder learns, and the adapter is checked."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch

from funaudio_core import settings
from funaudio_core.engines.adapted import links
from funaudio_core.engines.whisper import adapted
from funaudio_core.engines.whisper.window_decoder import WindowDecoder
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation
from funaudio_core.training import run_files
from funaudio_core.training.loop import train
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.training.result import make_adapter
from funaudio_core.training.run_files import TrainingProgress
from funaudio_core.training.words import clips, files, planning, results
from funaudio_core.training.words.decoding import HeldOutClip, HeldOutDecoder, recognition_task
from funaudio_core.training.words.model import WordsProgress, WordsRequest, WordsResult
from funaudio_core.training.words.recipe import WordsItem, WordsRecipe
from funaudio_core.training.words.sources import CLIPS_FOLDER, ClipSource, digest, list_sources
from funaudio_core.training.words.work import (
    ENCODE_SECONDS,
    SPEAK_SECONDS,
    WorkClock,
    plan_work,
)
from funaudio_core.weights import adapters, store
from funaudio_core.weights.adapters import AdapterCard, Array

FEATURES, RUN, ADAPTER = "features", "run", "adapter"  # folders, beside CLIPS_FOLDER
_REQUEST, _BASE, _RESULT = "request.sha256", "base.json", "result.json"  # files
POSITIONS_PER_SECOND = 50  # of the encoder's output
SILENCE_SECONDS = 1.0  # behind the speech that the decoder sees in training
BATCH_POSITIONS = 1200  # about six clips of 3 s
WARM_UP_STEPS = 5
CHECKPOINT_STEPS = 10


class WordsTraining:
    """Training in a folder."""

    def __init__(self, request: WordsRequest, folder: Path) -> None:
        """Plan the training.

        Raises:
            BadInput: The request can't be used, or the folder belongs to another one.
        """
        self.request, self.folder = request, folder
        self.plan = planning.plan(request.terms, request.language)
        self.sources = list_sources(self.plan, request)
        self.work = plan_work(self.plan, request)
        self.base = store.artifact_dir(adapted.BASE)
        self._deadline = time.monotonic() + 60.0 * request.max_minutes
        folder.mkdir(parents=True, exist_ok=True)
        self._claim()
        self.clock = WorkClock(self.work.seconds)

    def run(self) -> Iterator[WordsProgress]:
        """Yield the progress; the last one has the result."""
        result = self._load_result()
        if result is None:
            yield from self._speak()
            yield from self._encode()
            yield from self._recognize_with_base()
            yield from self._learn()
            yield from self._check()
            result = self._load_result()
        if result is not None:
            yield WordsProgress("merging", 1, 1, result.epochs, seconds_left=0.0, result=self._publish(result))

    def _claim(self) -> None:
        """Note whose folder it is."""
        path, own = self.folder / _REQUEST, digest(self.plan, self.request)
        if not path.exists():
            files.save_text(path, own)
        elif path.read_text(encoding="utf-8") != own:
            raise BadInput(
                "{folder} holds a run with other settings or clips. Choose another folder, or delete this one.",
                folder=self.folder.name,
            )

    def _speak(self) -> Iterator[WordsProgress]:
        spoken = [(source, source.sentence) for source in self.sources if source.sentence is not None]
        for number, (source, sentence) in enumerate(spoken, 1):
            cancellation.raise_if_cancelled()
            path = source.sound_path(self.folder / CLIPS_FOLDER)
            seconds = len(sentence.text) * SPEAK_SECONDS[self.work.is_spaced]
            if path.exists():
                self.clock.skip(seconds)
                continue
            clips.save_sound(path, clips.speak(sentence, self.plan.language))
            yield WordsProgress("speaking", number, len(spoken), seconds_left=self.clock.add(seconds))

    def _encode(self) -> Iterator[WordsProgress]:
        missing = [source for source in self.sources if not self._features_path(source).exists()]
        self.clock.skip((len(self.sources) - len(missing)) * ENCODE_SECONDS)
        if not missing:
            return
        decoder = WindowDecoder(self.base, settings.read().threads)
        for done, source in enumerate(missing, len(self.sources) - len(missing) + 1):
            cancellation.raise_if_cancelled()
            clips.save_features(self._features_path(source), source.load(self.folder / CLIPS_FOLDER), decoder)
            yield WordsProgress("features", done, len(self.sources), seconds_left=self.clock.add(ENCODE_SECONDS))

    def _recognize_with_base(self) -> Iterator[WordsProgress]:
        """Keep what the base recognizes of the held-out clips."""
        path = self.folder / _BASE
        if path.exists():
            self.clock.skip(self.work.check_seconds)
            return
        texts: list[str] = []
        yield from self._recognize({}, texts)
        files.save_text(path, json.dumps(texts, ensure_ascii=False))

    def _recognize(self, factors: Mapping[str, Array], texts: list[str]) -> Iterator[WordsProgress]:
        """Append what is recognized of the held-out clips with an adapter, or by the base if there are no factors."""
        for text in self._decoder().decode_each(factors):
            texts.append(text)
            left = self.clock.add(self.work.check_seconds / self.work.held_out)
            yield WordsProgress("checking", len(texts), self.work.held_out, self._epochs(), seconds_left=left)

    def _learn(self) -> Iterator[WordsProgress]:
        """Train; stop at the time limit with the best so far."""
        items, held_out = self._items()
        general = [item for item in held_out if item.sentence is not None and not item.sentence.term]
        recipe = WordsRecipe(self.base, self._decoder(), self._base_texts(), general)
        self._skip_history()
        torch.set_num_threads(settings.read().threads)
        for progress in train(recipe, items, held_out, self._settings(), self.folder / RUN):
            yield self._learning_progress(progress, recipe)
            if time.monotonic() > self._deadline and not progress.losses:
                return

    def _learning_progress(self, progress: TrainingProgress, recipe: WordsRecipe) -> WordsProgress:
        seconds = self.request.epochs * self.work.steps_seconds / max(1, progress.total_steps)
        made = WordsProgress("training", progress.step, progress.total_steps, progress.epoch, progress.losses)
        if not progress.held_out:
            return replace(made, seconds_left=self.clock.add(seconds))
        return replace(
            made,
            held_out_loss=progress.held_out["loss"],
            measures=recipe.measures,
            is_best=progress.is_best,
            texts=results.make_texts(self.plan.held_out, self._base_texts(), recipe.texts),
            seconds_left=self.clock.add(self.work.check_seconds if progress.epoch else 0.0),
        )

    def _skip_history(self) -> None:
        """Take the steps and the measurements of earlier calls out of the plan."""
        rows = run_files.read_history(self.folder / RUN)
        if rows:
            steps = rows[-1].step * self.request.epochs / max(1, rows[-1].total_steps)
            self.clock.skip(steps * self.work.steps_seconds + self._epochs() * self.work.check_seconds)

    def _check(self) -> Iterator[WordsProgress]:
        """Save the adapter and its result, with what a recognizer with the saved adapter recognizes."""
        adapter = make_adapter(self._card(), self._settings(), self.folder / RUN)
        texts: list[str] = []
        self.clock.leave(self.work.check_seconds)
        yield from self._recognize(adapter.tensors, texts)
        adapters.save(self.folder / ADAPTER, adapter)
        shown = results.make_texts(self.plan.held_out, self._base_texts(), texts)
        made = results.make_result(self.plan, shown, adapter.card, self.folder / ADAPTER, self._epochs())
        results.save_result(self.folder / _RESULT, made)

    def _publish(self, result: WordsResult) -> WordsResult:
        """Return the result with the name of its recognizer, the same at each call."""
        made = replace(result, engine=links.publish(result.adapter, result.engine))
        results.save_result(self.folder / _RESULT, made)
        return made

    def _load_result(self) -> WordsResult | None:
        return results.load_result(self.folder / _RESULT, self.folder / ADAPTER)

    def _items(self) -> tuple[list[WordsItem], list[WordsItem]]:
        """Return the items to learn from and those to measure."""
        decoder = WindowDecoder(self.base, settings.read().threads)
        prompt = tuple(decoder.prompt_tokens(recognition_task(self.plan.language)))
        learned: list[WordsItem] = []
        held_out: list[WordsItem] = []
        for source in self.sources:
            seconds = source.load(self.folder / CLIPS_FOLDER).duration
            positions = math.ceil((seconds + SILENCE_SECONDS) * POSITIONS_PER_SECOND)
            text = tuple(decoder.text_tokens(source.text, self.plan.language))
            item = WordsItem(source.title, self._features_path(source), positions, prompt, text, source.sentence)
            (held_out if source.is_held_out else learned).append(item)
        return learned, held_out

    def _decoder(self) -> HeldOutDecoder:
        held_out = [
            HeldOutClip(source.sentence, self._features_path(source), source.load(self.folder / CLIPS_FOLDER).duration)
            for source in self.sources
            if source.sentence is not None and source.is_held_out
        ]
        return HeldOutDecoder(self.base, held_out, self.plan.language, self._card())

    def _card(self) -> AdapterCard:
        return results.make_card(self.plan, self.request, self.work.clips)

    def _settings(self) -> TrainingSettings:
        return TrainingSettings(
            learning_rate=self.request.learning_rate,
            epochs=self.request.epochs,
            max_batch_length=BATCH_POSITIONS,
            warm_up_steps=WARM_UP_STEPS,
            seed=self.request.seed,
            rank=results.RANK,
            alpha=results.ALPHA,
            checkpoint_steps=CHECKPOINT_STEPS,
        )

    def _epochs(self) -> int:
        """Return the passes over the clips that are done."""
        rows = run_files.read_history(self.folder / RUN)
        return rows[-1].epoch if rows else 0

    def _base_texts(self) -> list[str]:
        texts: list[str] = json.loads((self.folder / _BASE).read_bytes())
        return texts

    def _features_path(self, source: ClipSource) -> Path:
        return self.folder / FEATURES / f"{source.name}.npy"
