"""Which chat model is meant and where its files lie: the pinned one, or any of the hub that is named. Runs none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.weights import checksums, store
from funaudio_core.weights.catalog import ARTIFACTS

PINNED_ARTIFACT = "qwen3-4b-instruct"  # the artifact
_FORM = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>(?!.*\.\.)[\w./-]+))?", re.ASCII)
_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")  # no code, no pickles


@dataclass(frozen=True, slots=True)
class HubModel:
    """A chat model. repo, revision: of the hub; "" for the newest revision."""

    repo: str
    revision: str
    pinned: bool = False

    @property
    def title(self) -> str:
        """Its name without its owner's."""
        return self.repo.partition("/")[2]

    @property
    def artifacts(self) -> tuple[str, ...]:
        """Names of its artifacts, where it has some."""
        return (PINNED_ARTIFACT,) if self.pinned else ()

    def folder(self) -> Path:
        """The folder of its files, checked, fetched first if they are absent. Raises WeightsMissing."""
        return store.artifact_dir(PINNED_ARTIFACT) if self.pinned else _snapshot(self.repo, self.revision or None)


def parse_model(named: str) -> HubModel:
    """The model that FUNAUDIO_CHAT_MODEL names, as "owner/name" or "owner/name@revision"; "" is the pinned one.

    Raises BadInput for anything else.
    """
    if not named:
        row = ARTIFACTS[PINNED_ARTIFACT]
        return HubModel(row.repo, row.revision, pinned=True)
    match = _FORM.fullmatch(named)
    if match is None:
        raise BadInput(
            "FUNAUDIO_CHAT_MODEL is {named!r}; it must be a Hugging Face model: owner/name or owner/name@commit.",
            named=named,
        )
    return HubModel(match["repo"], match["revision"] or "")


def _snapshot(repo: str, revision: str | None) -> Path:
    """The files of any repository, weights checked against the SHA-256 by which the hub's cache files them."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=list(_FILES)))
    except Exception as error:  # whatever the hub's client raises for a wrong name, no network, a gate
        raise WeightsMissing(
            "The chat model {repo} couldn't be downloaded ({error}). "
            "Check the network and the name, run `hf auth login` for a gated model, or unset "
            "FUNAUDIO_CHAT_MODEL.",
            repo=repo,
            error=(str(error).strip().splitlines() or [type(error).__name__])[0][:200],
        ) from error
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        raise WeightsMissing(
            "The chat model {repo} has no safetensors files. Set FUNAUDIO_CHAT_MODEL to another model.", repo=repo
        )
    for path in found:
        if store.sha256(path) != checksums.cached_hash(path):
            raise WeightsMissing(
                "{path} doesn't match its hash on Hugging Face, or the cache has no symbolic links. "
                "Delete {folder} and start again.",
                path=str(path),
                folder=str(folder.parent.parent),
            )
    return folder
