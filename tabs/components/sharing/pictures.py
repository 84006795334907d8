"""Pictures of the app: the preview of its links, and its icon.

Run: `python -m tabs.components.sharing.pictures`. The waveform is that of a stored demonstration.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from funaudio_core import audio
from tabs.components.demonstrations import RESULTS, SUFFIX
from tabs.components.sharing import FOLDER, ICON_PIXELS, PICTURE_PIXELS

SOUND = RESULTS / f"instruct-excited{SUFFIX}"
BACKGROUND, PANEL, ACCENT, WHITE, QUIET = "#1e1b4b", "#312e81", "#818cf8", "#ffffff", "#c7d2fe"
TITLE, SENTENCE = "FunAudio Suite", "Hear speech models listen, think and speak"
STEPS = ("Listens", "Thinks", "Speaks")
MARGIN_PIXELS = 80
BAR_PIXELS, BAR_STEP_PIXELS = 8, 14
ICON_BARS = (0.35, 0.75, 1.0, 0.55, 0.25)  # heights, of the tallest
SMOOTHING = 4  # the pictures are drawn so much larger, then made smaller

Drawing = ImageDraw.ImageDraw


def draw_preview() -> Image.Image:
    """Draw the preview of the app's links."""
    width, height = PICTURE_PIXELS
    picture = Image.new("RGB", PICTURE_PIXELS, BACKGROUND)
    drawing = ImageDraw.Draw(picture)
    drawing.text((MARGIN_PIXELS, 70), TITLE, WHITE, ImageFont.load_default(84))
    drawing.text((MARGIN_PIXELS, 180), SENTENCE, QUIET, ImageFont.load_default(38))
    _draw_steps(drawing, top=265, bottom=365, width=width)
    bars = _bar_heights((width - 2 * MARGIN_PIXELS) // BAR_STEP_PIXELS)
    _draw_bars(drawing, bars, left=MARGIN_PIXELS, middle=height - 125, tallest=160)
    return picture


def _draw_steps(drawing: Drawing, top: int, bottom: int, width: int) -> None:
    """Draw the three steps as boxes with arrows between them."""
    gap, middle = 80, (top + bottom) // 2
    box = (width - 2 * MARGIN_PIXELS - 2 * gap) // len(STEPS)
    for number, words in enumerate(STEPS):
        left = MARGIN_PIXELS + number * (box + gap)
        drawing.rounded_rectangle((left, top, left + box, bottom), 18, PANEL, ACCENT, 2)
        drawing.text((left + box // 2, middle), words, WHITE, ImageFont.load_default(38), anchor="mm")
        if number:
            drawing.line((left - gap + 16, middle, left - 24, middle), ACCENT, 4)
            drawing.polygon([(left - 32, middle - 10), (left - 14, middle), (left - 32, middle + 10)], ACCENT)


def _bar_heights(count: int) -> list[float]:
    """Return the loudness of so many equal parts of the sound, of the loudest."""
    parts = np.array_split(audio.load(SOUND).samples, count)
    levels = np.array([float(np.sqrt(np.mean(part**2))) for part in parts])
    return [float(level) for level in levels / levels.max()]


def _draw_bars(drawing: Drawing, heights: Sequence[float], *, left: int, middle: int, tallest: int) -> None:
    for number, height in enumerate(heights):
        x, half = left + number * BAR_STEP_PIXELS, max(BAR_PIXELS / 2, height * tallest / 2)
        drawing.rounded_rectangle((x, middle - half, x + BAR_PIXELS, middle + half), BAR_PIXELS / 2, ACCENT)


def draw_icon() -> Image.Image:
    """Draw the icon: a few bars of sound."""
    size = ICON_PIXELS * SMOOTHING
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    drawing = ImageDraw.Draw(picture)
    drawing.rounded_rectangle((0, 0, size - 1, size - 1), size // 5, BACKGROUND)
    step = size // (len(ICON_BARS) + 2)
    for number, height in enumerate(ICON_BARS):
        x, half = step * (number + 1), height * size * 0.32
        box = (x + step * 0.2, size / 2 - half, x + step * 0.8, size / 2 + half)
        drawing.rounded_rectangle(box, step * 0.3, ACCENT)
    return picture.resize((ICON_PIXELS, ICON_PIXELS), Image.Resampling.LANCZOS)


def write(folder: Path) -> None:
    """Write both pictures to a folder."""
    folder.mkdir(exist_ok=True)
    draw_preview().quantize(64).save(folder / "preview.png", optimize=True)
    draw_icon().save(folder / "icon.png", optimize=True)


if __name__ == "__main__":
    write(FOLDER)
