"""Files of SenseVoice for its training: recipe and items with the vocabulary and the features of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from funaudio_core import audio
from funaudio_core.engines.sanm.frontend import Frontend
from funaudio_core.engines.sensevoice import checkpoint, config
from funaudio_core.engines.sensevoice.adapted import merge
from funaudio_core.engines.sensevoice.engine import ARTIFACT
from funaudio_core.engines.sensevoice.tokens import Vocabulary
from funaudio_core.runtime.atomic_files import replace_file
from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.sensevoice.items import ItemMaker, QueryRows, SenseVoiceItem
from funaudio_core.training.sensevoice.recipe import SenseVoiceRecipe
from funaudio_core.weights import store
from funaudio_core.weights.adapters import Adapter, require_base


class SenseVoiceFiles:
    """Release of SenseVoice in a folder.

    Attributes:
        model_path: The weights.
        vocabulary: Of the model.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Open a release; without a folder, the one of the engine, which is downloaded if it is missing.

        Raises:
            WeightsMissing: A file is missing or belongs to another model.
        """
        folder = folder or store.artifact_dir(ARTIFACT)
        self.model_path = folder / "model.pt"
        self._config = config.read(folder / "config.yaml")
        self.vocabulary = Vocabulary(folder / "chn_jpn_yue_eng_ko_spectok.bpe.model")
        self._frontend = Frontend(self._config, folder / "am.mvn")

    def recipe(self) -> SenseVoiceRecipe:
        """Return the recipe; its model is loaded when it is built."""
        return SenseVoiceRecipe(
            lambda: checkpoint.load(self.model_path, self._config, self.vocabulary.size),
            QueryRows.of(self.vocabulary.tag_ids),
            self.vocabulary.text,
            self._config.num_mels,
        )

    def items(self, rows: Sequence[ClipRow], paths: Mapping[str, Path]) -> list[SenseVoiceItem]:
        """Return the items of rows of the clip table.

        Args:
            rows: The rows.
            paths: Sound file of each row by its id, see save_clips().

        Raises:
            BadInput: Training would fail on a clip; the message names it.
            Unsupported: The model can't learn the language of a clip.
        """
        maker = ItemMaker(self.vocabulary)
        return [
            maker.from_row(row, self._frontend.features(audio.load(paths[row.id], rate=self._config.rate).samples))
            for row in rows
        ]

    def export(self, adapter: Adapter, target: Path) -> None:
        """Write the model with an adapter in the published layout.

        Raises:
            BadInput: The adapter was made for another model.
        """
        require_base(adapter.card, {self.model_path.name: store.sha256(self.model_path)})
        merged = merge(adapter, self.model_path, self._config, self.vocabulary.size)
        with replace_file(target) as temporary:
            torch.save(checkpoint.publish(merged.state_dict(), self._config), temporary)
