"""Confusion matrices of emotions, for data sets whose entries carry one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.tables import system_label
from funaudio_core.evaluation.views.grid import Grid
from funaudio_core.labels import EMOTIONS

EMOTION_TAG = "emotion"
NONE = "none"  # no emotion was recognized
# Names of the emotions in published data sets, such as IEMOCAP, CREMA-D, RAVDESS, ESD and CASIA.
_ALIASES = {
    "happy": ("happiness", "hap", "joy", "excited", "exc", "高兴", "开心"),
    "sad": ("sadness", "悲伤", "难过"),
    "angry": ("anger", "ang", "愤怒", "生气"),
    "neutral": ("neu", "calm", "中性", "中立"),
    "fear": ("fearful", "fea", "afraid", "恐惧", "害怕"),
    "surprise": ("surprised", "sur", "惊讶", "吃惊"),
    "disgust": ("disgusted", "dis", "厌恶"),
}
_CODES = {name: code for code, names in _ALIASES.items() for name in (code, *names)}


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Recognized emotions by the emotion of the reference.

    Attributes:
        system: Name of the system, with its condition if there is one.
        counts: Number of utterances by (reference, recognized).
    """

    system: str
    counts: Counter[tuple[str, str]]

    @property
    def references(self) -> tuple[str, ...]:
        """Return the emotions of the references, in the order of EMOTIONS."""
        present = {reference for reference, _ in self.counts}
        return tuple(code for code in EMOTIONS if code in present)

    @property
    def recognized(self) -> tuple[str, ...]:
        """Return the columns: emotions of references or results, then NONE if it occurs."""
        present = {code for pair in self.counts for code in pair}
        return tuple(code for code in (*EMOTIONS, NONE) if code in present)

    @property
    def accuracy(self) -> float:
        """Return the share of the utterances whose emotion was recognized."""
        return sum(count for (reference, found), count in self.counts.items() if reference == found) / sum(
            self.counts.values()
        )

    @property
    def mean_recall(self) -> float:
        """Return the mean of the recalls of the emotions (unweighted average recall)."""
        recalls = [self.counts[code, code] / self.total(code) for code in self.references]
        return sum(recalls) / len(recalls)

    def total(self, reference: str) -> int:
        """Return the number of utterances with an emotion."""
        return sum(self.counts[reference, found] for found in self.recognized)


def find_emotion(name: str) -> str | None:
    """Return the code of an emotion by its name in a data set; None if it is none of EMOTIONS."""
    return _CODES.get(name.strip().lower())


def confusion_matrices(files: Sequence[ResultFile]) -> list[ConfusionMatrix]:
    """Return a matrix for each file with known emotions in its references; failures count as not recognized."""
    found = []
    for file in files:
        counts = Counter(
            (reference, find_emotion(result.emotion) or NONE)
            for result in file.results()
            if (reference := find_emotion(result.tags.get(EMOTION_TAG, "")))
        )
        is_recognized = any(recognized != NONE for _, recognized in counts)
        if counts and is_recognized:
            found.append(ConfusionMatrix(system_label(file.card), counts))
    return found


def confusion_grid(files: Sequence[ResultFile]) -> Grid:
    """Return the matrices as one table: a row for each system and emotion of the references."""
    columns = (*EMOTIONS, NONE)
    rows = [
        (
            matrix.system,
            reference,
            str(matrix.total(reference)),
            *(str(matrix.counts[reference, found]) for found in columns),
            f"{100 * matrix.counts[reference, reference] / matrix.total(reference):.1f}",
            f"{100 * matrix.accuracy:.1f}",
            f"{100 * matrix.mean_recall:.1f}",
        )
        for matrix in confusion_matrices(files)
        for reference in matrix.references
    ]
    return Grid(("system", "emotion", "N", *columns, "recall %", "accuracy %", "mean recall %"), tuple(rows))
