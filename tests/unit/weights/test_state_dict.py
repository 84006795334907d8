"""Tests of checkpoints read without torch and without running their code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.weights import state_dict


class CodeOnUnpickling:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code in a checkpoint ran",)


@pytest.mark.parametrize("zipped", [True, False])
def test_both_formats_are_read_with_any_strides(tmp_path: Path, zipped: bool) -> None:
    rows = torch.arange(24.0).reshape(4, 6)
    tensors = {"whole": rows, "turned": rows.T, "part": rows[1:3, ::2], "single": torch.tensor(5.0)}
    path = tmp_path / "checkpoint"
    torch.save({"model": tensors, "step": 7}, path, _use_new_zipfile_serialization=zipped)
    loaded = state_dict.read_state_dict(path, "model")
    assert list(loaded) == list(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(loaded[name], tensor.numpy())


@pytest.mark.parametrize("zipped", [True, False])
def test_a_bare_state_dict_is_read_without_its_counters(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "checkpoint"
    tensors = {"norm.num_batches_tracked": torch.tensor(3), "norm.weight": torch.arange(3.0)}
    torch.save(tensors, path, _use_new_zipfile_serialization=zipped)
    loaded = state_dict.read_state_dict(path)
    assert {name: list(array) for name, array in loaded.items()} == {"norm.weight": [0.0, 1.0, 2.0]}


@pytest.mark.parametrize("zipped", [True, False])
def test_other_integers_are_refused(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "checkpoint"
    torch.save({"weight": torch.arange(3)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match="no float32 state dict"):
        state_dict.read_state_dict(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("content", [CodeOnUnpickling(), torch.zeros(3, dtype=torch.float16)], ids=["code", "half"])
def test_code_and_other_dtypes_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, zipped: bool
) -> None:
    path = tmp_path / "checkpoint"
    torch.save({"model": {"weight": content}}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match="unexpected"):
        state_dict.read_state_dict(path, "model")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"no checkpoint"])
def test_files_that_are_no_checkpoint_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "checkpoint"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no float32 state dict"):
        state_dict.read_state_dict(path, "model")
