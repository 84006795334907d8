"""Chat models on the hub: the pinned one, or any that FUNAUDIO_CHAT_MODEL sets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.weights import checksums, store
from funaudio_core.weights.catalog import ARTIFACTS

PINNED_ARTIFACT = "qwen3-4b-instruct"  # the artifact
_FORM = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>(?!.*\.\.)[\w./-]+))?", re.ASCII)
_FILES = (
    "*.safetensors",
    "*.json",
    "*.jinja",
    "tokenizer.model",
    "merges.txt",
    "vocab.txt",
)  # neither code nor pickles


@dataclass(frozen=True, slots=True)
class HubModel:
    """Chat model on the hub.

    Attributes:
        repo: "owner/name".
        revision: Of the repository; "" for the newest.
        pinned: Whether it is the pinned artifact.
    """

    repo: str
    revision: str
    pinned: bool = False

    @property
    def title(self) -> str:
        """Name without the owner."""
        return self.repo.partition("/")[2]

    @property
    def artifacts(self) -> tuple[str, ...]:
        """Names of its artifacts; () for models that are not pinned."""
        return (PINNED_ARTIFACT,) if self.pinned else ()

    def folder(self) -> Path:
        """Return the folder of its files, verified and downloaded if necessary.

        Raises:
            WeightsMissing: They can't be downloaded or don't match their hashes.
        """
        return store.artifact_dir(PINNED_ARTIFACT) if self.pinned else _snapshot(self.repo, self.revision or None)


def parse_model(setting: str) -> HubModel:
    """Parse FUNAUDIO_CHAT_MODEL, "owner/name" or "owner/name@revision"; "" is the pinned model.

    Raises:
        BadInput: It is anything else.
    """
    if not setting:
        row = ARTIFACTS[PINNED_ARTIFACT]
        return HubModel(row.repo, row.revision, pinned=True)
    match = _FORM.fullmatch(setting)
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
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=list(_FILES)))
    except (
        Exception
    ) as error:  # the hub's client raises many types for a wrong name, a missing network or a gated model
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
    for path in weights:
        if store.sha256(path) != checksums.cached_hash(path):
            raise WeightsMissing(
                "{path} doesn't match its hash on Hugging Face, or the cache has no symbolic links. "
                "Delete {folder} and start again.",
                path=str(path),
                folder=str(folder.parent.parent),
            )
    return folder
