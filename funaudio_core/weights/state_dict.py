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

_COUNTER = "num_batches_tracked"  # of a batch norm: int64, and of no use for inference
_ITEM_BYTES = {"FloatStorage": 4, "LongStorage": 8}


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
    """Unpickler that admits the three names a state dict needs and refuses all others.

    Attributes:
        item_bytes: Size of a number in each block, by its key.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        """Read from a stream."""
        super().__init__(stream)
        self.item_bytes: dict[str, int] = {}

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
        """Return the key of a block of float32 or int64 numbers."""
        kind, storage, key = pid[:3]
        if kind != "storage" or storage not in _ITEM_BYTES:
            raise pickle.UnpicklingError(f"unexpected {kind} {storage} in this checkpoint")
        self.item_bytes[str(key)] = _ITEM_BYTES[storage]
        return str(key)

    def float_keys(self) -> list[str]:
        """Return the keys of the blocks of float32 numbers."""
        return [key for key, size in self.item_bytes.items() if size == _ITEM_BYTES["FloatStorage"]]


def read_state_dict(path: Path, key: str = "") -> dict[str, Floats]:
    """Return the state dict that `torch.save` wrote, as a whole or as part of a dictionary.

    Args:
        path: The checkpoint, in torch's zip format or in the one before torch 1.6.
        key: The key under which the dictionary holds the state dict; "" if it is the state dict itself.

    Returns:
        Read-only arrays by parameter name, without the int64 counters of batch norms.

    Raises:
        ValueError: The file has neither format, or holds other things than float32 tensors and such counters.
    """
    try:
        tree, blocks = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        views = (tree[key] if key else tree).items()
        return {name: _array(stored, blocks[stored.key]) for name, stored in views if not name.endswith(_COUNTER)}
    except (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"no float32 state dict: {error}") from error


def _read_zip(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the pickled tree and the float32 blocks by key of a file in torch's zip format."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        top = next((name for name in names if name.endswith("/data.pkl")), "data.pkl")
        folder = top.removesuffix("data.pkl") + "data/"
        unpickler = _Unpickler(io.BytesIO(archive.read(top)))
        tree = unpickler.load()
        return tree, {key: archive.read(folder + key) for key in unpickler.float_keys()}


def _read_legacy(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the pickled tree and the float32 blocks by key of a file in the format before torch 1.6."""
    with path.open("rb") as stream:
        for _header in ("magic number", "protocol", "machine"):
            _Unpickler(stream).load()
        unpickler = _Unpickler(stream)
        tree, keys = unpickler.load(), _Unpickler(stream).load()
        blocks = {key: _read_block(stream, unpickler.item_bytes[key]) for key in keys}
        return tree, {key: blocks[key] for key in unpickler.float_keys()}


def _read_block(stream: IO[bytes], item_bytes: int) -> bytes:
    """Read a length and as many numbers."""
    count = int(np.frombuffer(stream.read(8), "<i8")[0])
    return stream.read(item_bytes * count)


def _array(stored: _TensorView, block: bytes) -> Floats:
    """Return the tensor as a read-only view of its block."""
    strides = tuple(4 * stride for stride in stored.strides)
    return np.ndarray(stored.shape, "<f4", block, 4 * stored.offset, strides)
