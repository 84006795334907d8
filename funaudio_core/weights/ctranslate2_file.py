"""Model files of CTranslate2: the tensors in a model.bin by name, and changes of some of them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_VERSION = 6  # of the format, since CTranslate2 3.0
# By the number that the format has for them. bfloat16 has no type in numpy.
_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Place of a tensor in a file.

    Attributes:
        offset: Of its first byte.
        shape: Its shape.
        type: Its type for numpy.
    """

    offset: int
    shape: tuple[int, ...]
    type: str


class CTranslate2File:
    """Content of a model.bin, in memory.

    Attributes:
        data: The bytes, which write() changes.
        tensors: Place of each tensor by name. A name that stands for another one has the place of that.
    """

    def __init__(self, content: bytes) -> None:
        """Read the index.

        Raises:
            ValueError: It isn't such a file.
        """
        self.data = bytearray(content)
        self.tensors: dict[str, StoredTensor] = {}
        self._offset = 0
        try:
            self._read_index()
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise ValueError(f"no model file of CTranslate2, version {_VERSION}: {error}") from error

    def read(self, name: str) -> NDArray[Any]:
        """Return a view of a tensor, which shows later changes."""
        stored = self.tensors[name]
        return np.ndarray(stored.shape, stored.type, self.data, stored.offset)

    def write(self, changes: Mapping[str, NDArray[Any]]) -> None:
        """Replace tensors by others of the same shape, which get the type of the file."""
        for name, values in changes.items():
            stored = self.read(name)
            if stored.shape != values.shape:
                raise ValueError(f"{name} has the shape {stored.shape}, not {values.shape}")
            stored[...] = values

    def _read_index(self) -> None:
        version = self._take("I")
        if version != _VERSION:
            raise ValueError(f"version {version} of CTranslate2's format isn't supported, only {_VERSION}")
        self._take_text()  # name of the architecture
        self._take("I")  # its revision
        for _ in range(self._take("I")):
            name = self._take_text()
            shape = tuple(self._take("I") for _ in range(self._take("B")))
            type_ = _TYPES[self._take("B")]
            size = self._take("I")
            self.tensors[name] = StoredTensor(self._offset, shape, type_)
            self._offset += size
        for _ in range(self._take("I")):
            alias, name = self._take_text(), self._take_text()
            self.tensors[alias] = self.tensors[name]

    def _take(self, kind: str) -> int:
        (value,) = struct.unpack_from(f"<{kind}", self.data, self._offset)
        self._offset += struct.calcsize(f"<{kind}")
        return int(value)

    def _take_text(self) -> str:
        size = self._take("H")
        text = self.data[self._offset : self._offset + size - 1].decode()  # without the zero byte at its end
        self._offset += size
        return text
