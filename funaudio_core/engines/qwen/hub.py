"""Chat models on the Hugging Face hub: the pinned one, or the one in FUNAUDIO_CHAT_MODEL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.weights import snapshots, store
from funaudio_core.weights.catalog import ARTIFACTS

PINNED_ARTIFACT = "qwen3-4b-instruct"
_MODEL_NAME = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>(?!.*\.\.)[\w./-]+))?", re.ASCII)
# Without code and pickles.
_FILE_PATTERNS = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")


@dataclass(frozen=True, slots=True)
class HubModel:
    """Chat model on the hub.

    Attributes:
        repo: "owner/name".
        revision: Revision of the repository; "" for the newest one.
        pinned: Whether it is the pinned artifact.
    """

    repo: str
    revision: str
    pinned: bool = False

    @property
    def title(self) -> str:
        """Return the name without the owner."""
        return self.repo.partition("/")[2]

    @property
    def artifacts(self) -> tuple[str, ...]:
        """Return the names of its artifacts; () for models that are not pinned."""
        return (PINNED_ARTIFACT,) if self.pinned else ()

    def folder(self) -> Path:
        """Return the folder of its files, verified and downloaded if necessary.

        Raises:
            WeightsMissing: The files can't be downloaded or don't match their hashes.
        """
        return store.artifact_dir(PINNED_ARTIFACT) if self.pinned else _snapshot(self.repo, self.revision or None)


def parse_model(setting: str) -> HubModel:
    """Parse FUNAUDIO_CHAT_MODEL, "owner/name" or "owner/name@revision"; "" is the pinned model.

    Raises:
        BadInput: The setting has another form.
    """
    if not setting:
        row = ARTIFACTS[PINNED_ARTIFACT]
        return HubModel(row.repo, row.revision, pinned=True)
    match = _MODEL_NAME.fullmatch(setting)
    if match is None:
        raise BadInput(
            "FUNAUDIO_CHAT_MODEL is {named!r}; it must be a Hugging Face model: owner/name or owner/name@commit.",
            named=setting,
        )
    return HubModel(match["repo"], match["revision"] or "")


def _snapshot(repo: str, revision: str | None) -> Path:
    """Download a repository; verify its weights by the SHA-256 that names them in the hub's cache."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=list(_FILE_PATTERNS)))
    except Exception as error:  # many types: a wrong name, a missing network, a gated model
        raise WeightsMissing(
            "The chat model {repo} couldn't be downloaded ({error}). "
            "Check the network and the name, run `hf auth login` for a gated model, or unset "
            "FUNAUDIO_CHAT_MODEL.",
            repo=repo,
            error=(str(error).strip().splitlines() or [type(error).__name__])[0][:200],
        ) from error
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise WeightsMissing(
            "The chat model {repo} has no safetensors files. Set FUNAUDIO_CHAT_MODEL to another model.", repo=repo
        )
    snapshots.require_cached_hashes(weights)
    return folder
