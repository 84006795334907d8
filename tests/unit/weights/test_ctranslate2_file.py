"""Tests of reading and changing CTranslate2's model files, as its own specifications write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ctranslate2.specs import common_spec, model_spec

from funaudio_core.weights.ctranslate2_file import CTranslate2File


class TinySpec(model_spec.ModelSpec):  # type: ignore[misc]
    """Two linear layers, of which the second has the weights of the first."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = common_spec.LinearSpec(), common_spec.LinearSpec()

    @property
    def name(self) -> str:
        return "TinySpec"


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    spec = TinySpec()
    spec.first.weight = spec.second.weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    spec.first.bias, spec.second.bias = np.zeros(2, np.float32), np.ones(2, np.float32)
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(tmp_path))
    return (tmp_path / "model.bin").read_bytes()


def test_tensors_and_aliases_are_read(content: bytes) -> None:
    file = CTranslate2File(content)
    np.testing.assert_array_equal(file.read("first/weight"), np.arange(6, dtype=np.float16).reshape(2, 3))
    np.testing.assert_array_equal(file.read("second/weight"), file.read("first/weight"))
    np.testing.assert_array_equal(file.read("second/bias"), [1, 1])


def test_only_the_written_tensor_changes(content: bytes) -> None:
    file = CTranslate2File(content)
    file.write({"first/bias": np.array([3.5, -1])})
    changed = CTranslate2File(bytes(file.data))
    np.testing.assert_array_equal(changed.read("first/bias"), [3.5, -1])
    file.write({"first/bias": np.zeros(2)})
    assert bytes(file.data) == content
    with pytest.raises(ValueError, match="shape"):
        file.write({"first/bias": np.zeros(3)})


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 something else", bytes(40)])
def test_other_files_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="CTranslate2"):
        CTranslate2File(damaged)


def test_a_cut_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="CTranslate2"):
        CTranslate2File(content[: len(content) // 2])
