"""Cover pictures as players take them: JPEG."""

from __future__ import annotations

import colorsys
import io
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.narration.export.recording import RecordedBook

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

MAX_SIDE_PIXELS = 1_400
DRAWN_PIXELS = (1_000, 1_000)  # players show squares
_JPEG_MARK = b"\xff\xd8\xff"
_JPEG_QUALITY = 88
_MAX_PIXELS = 50_000_000  # of a picture that is decoded
_MARGIN_PIXELS = 90
_TITLE_PIXELS, _AUTHOR_PIXELS, _MIN_PIXELS = 96, 48, 30
# Fonts with Chinese, Japanese and Korean characters, and one with other scripts, as Debian, Fedora, macOS and Windows
# install them. Pillow itself brings a Latin font.
_FONTS = (
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
    "DejaVuSans-Bold.ttf",
)
_FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/System/Library/Fonts"), Path("C:/Windows/Fonts"))
_LINE_HEIGHT = 1.35  # of the size of the letters
_LAST_LATIN = "\u024f"


def jpeg_cover(book: RecordedBook) -> bytes:
    """Return the cover of a recording as JPEG.

    A JPEG stays byte for byte as it is, other pictures are converted, with at most MAX_SIDE_PIXELS on a side. Without a
    picture that can be read, a cover with the title and the authors is drawn.
    """
    if book.cover.startswith(_JPEG_MARK) and _is_readable(book.cover):
        return book.cover
    return _convert(book.cover) or draw_cover(book.title, ", ".join(book.authors))


def picture_size(picture: bytes) -> tuple[int, int]:
    """Return width and height of a picture in pixels. Raise OSError if it can't be read."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        return image.size


def draw_cover(title: str, author: str) -> bytes:
    """Return a JPEG of DRAWN_PIXELS with a title and an author on a colour that depends on them.

    Text in a script without a font on this machine is left out.
    """
    from PIL import Image, ImageDraw

    hue = zlib.crc32(f"{title}\n{author}".encode()) % 360 / 360
    width, height = DRAWN_PIXELS
    image = Image.new("RGB", DRAWN_PIXELS, _colour(hue, 0.28))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height - 260, width, height), fill=_colour(hue, 0.18))
    draw.rectangle((_MARGIN_PIXELS, 170, _MARGIN_PIXELS + 120, 178), fill=_colour(hue, 0.75))
    room = width - 2 * _MARGIN_PIXELS
    for text, top, bottom, size in (
        (title, 220, height - 280, _TITLE_PIXELS),
        (author, height - 200, height - 60, _AUTHOR_PIXELS),
    ):
        lines, font = _fit(text, room, bottom - top, size)
        if font:
            draw.multiline_text((_MARGIN_PIXELS, top), lines, fill="white", font=font, spacing=size // 5)
    return _to_jpeg(image)


def _is_readable(picture: bytes) -> bool:
    try:
        picture_size(picture)
    except OSError:
        return False
    return True


def _convert(picture: bytes) -> bytes:
    """Return a picture as JPEG; b"" if it can't be read."""
    from PIL import Image

    if not picture:
        return b""
    try:
        with Image.open(io.BytesIO(picture)) as image:
            if image.width * image.height > _MAX_PIXELS:
                return b""
            image.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
            opaque = Image.new("RGB", image.size, "white")
            layer = image.convert("RGBA")
            opaque.paste(layer, mask=layer.getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # SyntaxError: of a damaged PNG
        return b""
    return _to_jpeg(opaque)


def _to_jpeg(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return file.getvalue()


def _colour(hue: float, lightness: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.4)
    return round(255 * red), round(255 * green), round(255 * blue)


def _fit(text: str, width: int, height: int, size: int) -> tuple[str, FreeTypeFont | None]:
    """Return text broken into lines, and a font of at most `size` pixels in which it fits; None without a font."""
    while font := _font(text, size):
        lines = _break(text, font, width)
        if len(lines) * size * _LINE_HEIGHT <= height or size <= _MIN_PIXELS:
            return "\n".join(lines[: max(1, int(height / (size * _LINE_HEIGHT)))]), font
        size = max(_MIN_PIXELS, round(size * 0.85))
    return "", None


def _break(text: str, font: FreeTypeFont, width: int) -> list[str]:
    """Return text in lines of at most `width` pixels, broken at spaces, or anywhere if there are none."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and font.getlength((lines[-1] + piece).rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _pieces(text: str) -> list[str]:
    """Return the words with the space after them; characters of scripts without spaces one by one."""
    pieces = [""]
    for char in text:
        if pieces[-1] and (pieces[-1][-1].isspace() or char > _LAST_LATIN or pieces[-1][-1] > _LAST_LATIN):
            pieces.append("")
        pieces[-1] += char
    return pieces


def _font(text: str, size: int) -> FreeTypeFont | None:
    """Return a font of `size` pixels for a text; None if this machine has none."""
    from PIL import ImageFont

    if all(char <= _LAST_LATIN or char in "–—‘’“”…" for char in text):
        font = ImageFont.load_default(size)
        return font if isinstance(font, ImageFont.FreeTypeFont) else None
    path = _font_path()
    return ImageFont.truetype(path, size) if path else None


@cache
def _font_path() -> Path | None:
    """Return the first font of _FONTS on this machine."""
    found = {path.name: path for folder in _FONT_FOLDERS if folder.is_dir() for path in folder.rglob("*.[to]t[fc]")}
    return next((found[name] for name in _FONTS if name in found), None)
