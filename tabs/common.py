"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

from __future__ import annotations

import functools
import inspect
import logging
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray

from funaudio_core import audio, casting, settings, tasks
from funaudio_core.contexts import within
from funaudio_core.engines import Loading
from funaudio_core.engines.base import Spec
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.languages import LANGUAGES
from funaudio_core.phrases import Phrase
from funaudio_core.stopping import Stopped, heeding
from funaudio_core.types import Audio, Voice
from funaudio_core.voices import EXAMPLES, FOLDER
from tabs import halting, waiting
from tabs.visits import APOLOGY, brings, gets, sentence
from tabs.words import add, language, said, say, word

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

AUTO = "auto"
A_CLIP = Phrase("a clip")
_ENDS = re.compile(r"\s*[,，、;；\n]\s*")  # of hotwords
GradioAudio = tuple[int, NDArray[np.int16]]  # what a streaming microphone gives
MAX_SEED = 2**31 - 1
HEAVY: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": None}  # they wait in our line: see computes()
TURN_SECONDS = 300.0  # of a clip to be translated or answered


@contextmanager
def _as_sentences(name: str) -> Iterator[None]:
    """What goes wrong in the body reaches the page as one sentence; what is our fault goes to the log as well."""
    try:
        yield
    except FunAudioError as error:
        raise sentence(error.phrase, language()) from None
    except gr.Error:
        raise
    except Exception:
        log.exception("%s failed", name)
        raise sentence(APOLOGY, language()) from None


def shows_errors(function: Callable[P, R], *, ordered: bool = False) -> Callable[P, R]:
    """Turn FunAudioError into gr.Error in the visitor's language; log the rest and apologise. Also for generators.

    ordered: whether the page shows what a generator yields in place of what it showed before; see halting.Halted.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with _as_sentences(function.__name__), halting.running(function.__module__) as stopped:
                steps = within(heeding(stopped), cast("Iterator[Any]", function(*args, **kwargs)))
                told = False
                with closing(steps), suppress(Stopped):
                    for values in steps:
                        if stopped.is_set():
                            break
                        if ordered and not told:
                            halting.follow(function.__module__)
                        yield values
                        told = True
                if not told:
                    yield gr.skip()  # of nothing at all Gradio makes a None for every output

        return cast("Callable[P, R]", stream)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with _as_sentences(function.__name__):
            return function(*args, **kwargs)

    return call


def computes(
    *, width: int = 1, status: int | None = None, first: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """shows_errors() for a handler that computes: it waits for its turn, and is counted and logged.

    width: how many values a generator handler yields. status: the place among them of the status line, which tells
    where in line the visitor is. first: of a generator handler, called with what it is given before it waits in line.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        handler = waiting.takes_turns(function, width=width, status=status)
        return shows_errors(handler if first is None else _after(first, handler), ordered=True)

    return wrap


def _after(first: Callable[..., object], handler: Callable[P, R]) -> Callable[P, R]:
    """The generator handler, but for a call that comes first."""

    @functools.wraps(handler)
    def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        first(*args, **kwargs)
        yield from cast("Iterator[Any]", handler(*args, **kwargs))

    return cast("Callable[P, R]", stream)


def read_clip(path: str | None, what: Phrase = A_CLIP, limit: float | None = None, rate: int | None = None) -> Audio:
    """The uploaded or recorded file as Audio. limit: seconds, where a page takes less than the settings allow.

    rate: Hz, for pages that need no more; None keeps the file's own.

    Raises BadInput where there is none or it can't be used.
    """
    if not path:
        raise BadInput("There is no audio yet. Upload or record {what}, or click an example.", what=what)
    brings(path)
    return audio.load(path, limit or settings.read().max_clip_seconds, rate)


def playable(sound: Audio) -> str:
    """Sound as gr.Audio takes it: a file that leaves with the visit, of which Gradio makes no copy."""
    return wav_of(sound, "sound.wav")


def draw_seed(seed: float | None) -> int:
    """The visitor's seed, or a fresh one for a negative number or none."""
    return random.randint(0, MAX_SEED) if seed is None or seed < 0 else min(int(seed), MAX_SEED)


def safe_name(text: str, fallback: str) -> str:
    """A file name from a visitor's words: letters, digits, - and _ only, at most 40."""
    name = re.sub(r"[^\w-]+", "_", text, flags=re.UNICODE).strip("_")[:40]
    return name or fallback


def stem(path: str | None, fallback: str) -> str:
    """A file name for results, after the clip they came from."""
    return safe_name(Path(path or "").stem, fallback)


def _place(name: str) -> Path:
    """Where a result may lie until the visit ends: a folder of its own, unguessable, inside Gradio's cache."""
    cache = Path(get_upload_folder())
    cache.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=cache)) / name
    gets(path)
    return path


def file_of(content: str | bytes, name: str) -> str:
    """A file for a download."""
    path = _place(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def wav_of(sound: Audio, name: str) -> str:
    """A WAV file, 16-bit PCM, for a download."""
    path = _place(name)
    audio.save_wav(sound, path)
    return str(path)


def from_gradio(value: tuple[int, NDArray[Any]]) -> Audio:
    """What a streaming microphone gives, as Audio."""
    return audio.from_array(*value)


def clip_examples(clip: gr.Audio) -> None:
    """Example clips to click, from the table of examples_audio/, served from there: copies would be swept away."""
    gr.set_static_paths([FOLDER])
    gr.Examples(
        [[str(row.path)] for row in EXAMPLES],
        clip,
        label=word("examples"),
        example_labels=[row.label for row in EXAMPLES],
        examples_per_page=len(EXAMPLES) or 1,
    )


def badge(spec: Spec[Any], language: str) -> str:
    """A small mark that names the model and its tier."""
    tier, title = (said(Phrase(words), language) for words in (spec.tier, spec.title))
    return f'<span class="fa-badge fa-{spec.tier}">{tier}</span>&nbsp;{title}'


def heading(page: str, *specs: Spec[Any], claim: str = "") -> tuple[gr.HTML, gr.Markdown]:
    """One sentence on what the page does, which models answer, and, where needed, what can't be claimed.

    claim: key of that last one in words. Returns the models and the claim, for pages where they change with the engine.
    """
    gr.Markdown(word(f"{page}.about"), elem_classes="fa-about")
    english, chinese = (badges(specs, language) for language in ("en", "zh"))
    add({f"{page}.models": (english, chinese)})
    models = gr.HTML(word(f"{page}.models"), elem_classes="fa-models")
    return models, gr.Markdown(word(claim) if claim else "", elem_classes="fa-claim", visible=bool(claim))


def left_out() -> None:
    """Say which models a Space was started without, where it was."""
    if titles := tuple(dict.fromkeys(spec.title for spec in casting.left_out())):
        note = Phrase("Not loaded in this Space: {titles}.", titles=titles)
        add({"left_out": (str(note), said(note, "zh"))})
        gr.Markdown(word("left_out"), elem_classes="fa-claim")


def badges(specs: Sequence[Spec[Any]], language: str) -> str:
    """The marks of all models that answer on a page."""
    return " &nbsp; ".join(badge(spec, language) for spec in specs)


def language_choices(codes: frozenset[str], auto: bool = False) -> list[tuple[str, str]]:
    """(label, code) pairs in the order of the language table, optionally led by automatic detection."""
    rows = [(str(word(f"language.{code}")), code) for code in LANGUAGES if code in codes]
    return ([(str(word("auto")), AUTO)] if auto else []) + rows


def language_picker(
    codes: frozenset[str], auto: bool = False, value: str | None = None, key: str = "language"
) -> gr.Dropdown:
    """A dropdown of the languages in `codes`."""
    choices = language_choices(codes, auto)
    return gr.Dropdown(choices, value=value or choices[0][1], label=word(key))


def listed_words(written: str | None) -> tuple[str, ...]:
    """Hotwords as a visitor lists them, with commas or line breaks between them."""
    return tuple(word for word in _ENDS.split(written or "") if word)


def chosen_language(value: str) -> str | None:
    """The code, or None for automatic detection. Raises BadInput for anything the table lacks."""
    if value == AUTO:
        return None
    if value not in LANGUAGES:
        raise BadInput(
            "{code!r} is not a language code we know. Choose one of: {choices}.",
            code=value,
            choices=(AUTO, *LANGUAGES),
        )
    return value


def engine_picker(table: dict[str, Spec[Any]], key: str = "engine") -> gr.Dropdown:
    """A dropdown of engines, fed by their table; the first is the default. Nothing to see where there is only one."""
    choices = engine_choices(table)
    picker = gr.Dropdown(choices, value=choices[0][1], label=word(key), visible=len(choices) > 1)
    if len(choices) > 1:
        on_arrival(lambda: gr.Dropdown(choices=engine_choices(table)), picker)
    return picker


def engine_choices(table: dict[str, Spec[Any]]) -> list[tuple[str, str]]:
    """(label, name) pairs; the label tells what must be downloaded as it is now, in the visitor's language."""
    return [(say(_engine_label(spec)), name) for name, spec in table.items()]


def _engine_label(spec: Spec[Any]) -> Phrase:
    label = Phrase("{engine} ({tier})", engine=Phrase(spec.title), tier=Phrase(spec.tier))
    if size := casting.to_fetch(spec):
        label = Phrase("{engine}, {size:.0f} MB to download", engine=label, size=size / 1e6)
    return label


def voice_choices(voices: dict[str, Voice]) -> list[tuple[str, str]]:
    """(name, id) of voices by id."""
    return [(say(voice.name), name) for name, voice in voices.items()]


def clip_input(key: str) -> gr.Audio:
    """Upload or microphone; the handler gets a file path and decodes it itself."""
    return gr.Audio(sources=["upload", "microphone"], type="filepath", label=word(key))


def boxed(key: str, value: str = "") -> gr.HTML:
    """HTML in a labelled box, like the other components."""
    return gr.HTML(value, label=word(key), show_label=True, container=True, elem_classes="fa-boxed")


def download(path: str) -> Any:
    """The update that fills a download button and wakes it."""
    return gr.DownloadButton(value=path, interactive=True)


def asleep() -> Any:
    """The update that empties a download button."""
    return gr.DownloadButton(value=None, interactive=False)


def download_buttons(*keys: str) -> list[gr.DownloadButton]:
    """Buttons that sleep until there is something to take away."""
    return [gr.DownloadButton(word(key), interactive=False, size="sm") for key in keys]


def status_line() -> gr.HTML:
    """Where a page says what is happening."""
    return gr.HTML("", elem_classes="fa-status")


def loading(steps: Iterator[Loading]) -> Iterator[str]:
    """The status while an engine is fetched and built."""
    for step in steps:
        if step.done < step.total:
            yield say(
                "Downloading {engine}: {done:.0f} of {total:.0f} MB, this first time only…",
                engine=step.title,
                done=step.done / 1e6,
                total=step.total / 1e6,
            )
        else:
            yield say("Loading {engine}…", engine=step.title)


def heard_of(heard: float, seconds: float) -> str:
    """The status while a clip of so many seconds is being heard."""
    return say("Heard {heard:.0f} of {seconds:.0f} s…", heard=heard, seconds=seconds)


def gpu_note(changes: list[Any], cost: Callable[..., tuple[float, int]], inputs: list[Any]) -> None:
    """Where GPUs are lent, a line that tells what an order will take of the visitor's quota; nothing elsewhere.

    changes: the events after which cost(*inputs), in seconds and in how many parts, is told anew.
    """
    if not tasks.lent():
        return
    note = gr.HTML(elem_classes="fa-claim")

    @shows_errors
    def on_change(*given: Any) -> str:
        seconds, parts = cost(*given)
        if parts > 1 and seconds:
            return say("About {seconds:.0f} s of GPU time, in {parts} parts.", seconds=seconds, parts=parts)
        return say("About {seconds:.0f} s of GPU time.", seconds=seconds) if seconds else ""

    gr.on(changes, on_change, inputs, note, api_visibility="private", show_progress="hidden")


def on_arrival(function: Callable[[], Any], outputs: Any) -> None:
    """Fill in, as soon as the page is opened, what the server has to say in the visitor's language."""
    gr.on(None, function, None, outputs, show_progress="hidden", api_visibility="private")


def expose(function: Callable[..., Any], inputs: list[Any], outputs: list[Any], name: str) -> None:
    """Offer a typed, documented function as an API endpoint and MCP tool, beside the page's own richer events.

    inputs, outputs: components made with visible=False; their types become the endpoint's types.
    """
    gr.Button(visible=False).click(computes()(function), inputs, outputs, api_name=name, **HEAVY)
