"""Published torch checkpoints as numpy arrays, read without torch and without running code from the file."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _TensorView:
    """View of a block of numbers that is not read yet.

    Attributes:
        key: Name of the block.
        offset: Index of the first number.
        shape: Shape of the tensor.
        strides: Step of each dimension, in numbers.
    """

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Unpickler that admits the three names a state dict needs and refuses all others."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (the signature of pickle)
        """Return a stand-in for an admitted name. Raises UnpicklingError for any other."""
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_rest: _TensorView(key, offset, tuple(shape), tuple(strides))
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name.endswith("Storage"):
            return name
        raise pickle.UnpicklingError(f"unexpected {module}.{name} in a checkpoint")

    def persistent_load(self, pid: tuple[Any, ...]) -> str:
        """Return the key of a block of float32 numbers."""
        kind, storage, key = pid[:3]
        if kind != "storage" or storage != "FloatStorage":
            raise pickle.UnpicklingError(f"unexpected {kind} {storage} in this checkpoint")
        return str(key)


def read_state_dict(path: Path, key: str) -> dict[str, Floats]:
    """Return the state dict that `torch.save` wrote as part of a dictionary.

    Args:
        path: The checkpoint, in torch's zip format or in the one before torch 1.6.
        key: The key under which the dictionary holds the state dict.

    Returns:
        Read-only arrays by parameter name.

    Raises:
        ValueError: The file has neither format, or holds other things than float32 tensors.
    """
    try:
        tree, blocks = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        return {name: _array(stored, blocks[stored.key]) for name, stored in tree[key].items()}
    except (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"no float32 state dict: {error}") from error


def _read_zip(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the pickled tree and the blocks by key of a file in torch's zip format."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        top = next((name for name in names if name.endswith("/data.pkl")), "data.pkl")
        folder = top.removesuffix("data.pkl") + "data/"
        tree = _Unpickler(io.BytesIO(archive.read(top))).load()
        return tree, {name.removeprefix(folder): archive.read(name) for name in names if name.startswith(folder)}


def _read_legacy(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the pickled tree and the blocks by key of a file in the format before torch 1.6."""
    with path.open("rb") as stream:
        for _header in ("magic number", "protocol", "machine"):
            _Unpickler(stream).load()
        tree, keys = _Unpickler(stream).load(), _Unpickler(stream).load()
        return tree, {key: _read_block(stream) for key in keys}


def _read_block(stream: IO[bytes]) -> bytes:
    """Read a length and as many float32 numbers."""
    count = int(np.frombuffer(stream.read(8), "<i8")[0])
    return stream.read(4 * count)


def _array(stored: _TensorView, block: bytes) -> Floats:
    """Return the tensor as a read-only view of its block."""
    strides = tuple(4 * stride for stride in stored.strides)
    return np.ndarray(stored.shape, "<f4", block, 4 * stored.offset, strides)
