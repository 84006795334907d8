"""Playing of a show on the page, and what happens when its listener speaks."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator
from typing import Any

from funaudio_core import audio
from funaudio_core.engines import preload, selection
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.podcast.listening.hosting import COMMAND, OPINION, QUESTION, Utterance, is_echo
from funaudio_core.podcast.show import MAX_AHEAD_SECONDS, Position
from funaudio_core.tasks import podcast
from funaudio_core.tasks.episodes import Episode, finish_episode, search_watermark
from funaudio_core.tasks.podcast import HostVoice, Studio
from funaudio_core.tasks.synthesis import event_tags
from server import cancellation
from server.events import handler, queued_handler
from server.request import localize
from server.updates import Update
from tabs.components import engine_picker
from tabs.components.layout import loading_text
from tabs.components.outputs import disabled_download, enabled_download, safe_name, watermark_text, write_file
from tabs.components.player import SILENT
from tabs.podcast.making import read_table
from tabs.podcast.requests import PlayRequest
from tabs.podcast.stage import MAX_CLIP_SECONDS, PLAYER, read_message
from tabs.podcast.studios import STORE, LiveShow

PAGE = "tabs.podcast"
FILES = ("mp3", "m4a", "vtt", "srt", "json")
MAX_WORDS_CHARACTERS = 500  # of the listener
# Lets the player fall silent, and tells where it was.
STOP_JS = f"(show) => JSON.stringify({{ show, at: window.funaudioPlayers?.['{PLAYER}']?.cut() ?? null }})"


@queued_handler(page=PAGE)
def on_play(request: PlayRequest, previous: str) -> Iterator[Update]:
    """Start a show from its beginning."""
    lines = read_table(request.table, event_tags(request.engine))
    yield Update(live=SILENT, status=localize("Preparing the show…"), transcript="")
    STORE.delete(previous)
    spec = engine_picker.spec_of(request.engine)
    for status in loading_text(preload.load_all(spec)):
        yield Update(status=status)
    cast = make_cast(request)
    studio = Studio(lines, request.language, cast, request.engine, STORE.source(request.source), request.title)
    live = STORE.add(studio)
    yield Update(show=live.id)
    yield from _play(live, live.epoch)


def make_cast(request: PlayRequest) -> dict[str, HostVoice]:
    """Return the voices of the hosts; a speaker who has no row gets the next voice of the language."""
    cast = {
        host.name: HostVoice(request.voice_input(host).resolve(request.language, request.engine), host.manner.strip())
        for host in request.hosts
    }
    return cast | podcast.fill_cast(
        read_table(request.table, event_tags(request.engine)), request.language, request.engine, cast
    )


def _play(live: LiveShow, epoch: int, first_status: str = "") -> Iterator[Update]:
    """Make the next sentences, then the acknowledgements that may be needed."""
    status = first_status or localize("On air. Hold Talk to join in.")
    for sound, is_new in live.advance(epoch):
        yield Update(live=sound, **({"transcript": live.html(localize("You")), "status": status} if is_new else {}))
    if live.epoch != epoch:
        return
    yield Update(transcript=live.html(localize("You")), status=_state_text(live) or status)
    for _ in live.prepare(epoch):
        yield Update()


def _state_text(live: LiveShow) -> str:
    """Return the status of a show that is not played on; "" for one that is."""
    if live.play_state == "stopped":
        return localize("Paused. Say or type “go on” to hear more.")
    return localize("Everything is ready to the end.") if live.play_state == "ended" else ""


def _position(message: dict[str, Any]) -> Position | None:
    """Return the place of the player that a message tells."""
    at = message.get("at")
    if not isinstance(at, dict):
        return None
    number, seconds = at.get("id"), at.get("seconds")
    if not isinstance(number, int) or not isinstance(seconds, int | float):
        return None
    return Position(number, float(seconds))


@queued_handler(page=PAGE)
def on_more(value: str) -> Iterator[Update]:
    """Make more of a show whose player runs dry."""
    message = read_message(value)
    live = STORE.find(message.get("show"))
    if live is None or message.get("epoch") != live.epoch:
        return
    epoch = live.epoch
    with live.lock:
        if live.studio.show.seconds_ahead(_position(message)) >= MAX_AHEAD_SECONDS:
            return
    yield from _play(live, epoch)


def _halt(value: str) -> None:
    """Let the show fall silent before the listener's words wait for a slot."""
    message = read_message(value)
    live = STORE.find(message.get("show"))
    if live is not None:
        live.interrupt(_position(message))
    cancellation.stop_older(PAGE)


@queued_handler(page=PAGE, before=_halt)
def on_said(value: str) -> Iterator[Update]:
    """Answer or follow what the listener said or typed, and go on with the show."""
    message = read_message(value)
    live = STORE.find(message.get("show"))
    if live is None:
        raise BadInput("The show has ended. Play it again.")
    epoch = live.epoch
    yield Update(status=localize("Listening…"))
    show, hosts = live.studio.show, live.studio.hosts
    try:
        words = _words(message, live)
    except FunAudioError as error:  # the show goes on without what can't be heard
        show.go_on()
        yield from _play(live, epoch, localize(error.message))
        return
    if not _is_heard(message, words, live):
        show.go_on()
        yield from _play(live, epoch)
        return
    utterance = hosts.understand(words)
    with live.lock:
        if live.epoch != epoch:
            return
        hosts.react(utterance, hosts.acknowledge(utterance, live.studio.is_made))
        if words:
            live.add_listener(words)
    yield Update(transcript=live.html(localize("You")))
    yield from _play(live, epoch, _reply_status(utterance))


def _is_heard(message: dict[str, Any], words: str, live: LiveShow) -> bool:
    """Return whether the listener said something: no empty message, and not the show's own sound."""
    if not words and "clip" not in message:
        return False
    return not (message.get("isHandsFree") and (not words or is_echo(words, live.recent_texts(), live.studio.language)))


def _words(message: dict[str, Any], live: LiveShow) -> str:
    """Return the listener's words, those of a clip as they were recognized. The clip is deleted once it is heard."""
    if "clip" not in message:
        return str(message.get("text") or "")[:MAX_WORDS_CHARACTERS]
    try:
        data = base64.b64decode(str(message["clip"]), validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("The recording is damaged. Record it again.") from None
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(data)
        file.flush()
        clip = audio.load(file.name, MAX_CLIP_SECONDS + 5)
    return podcast.hear(clip, live.studio.language)[:MAX_WORDS_CHARACTERS]


def _reply_status(utterance: Utterance) -> str:
    """Return the status while the hosts reply."""
    if utterance.kind == QUESTION:
        return localize("Answering your question from the text.")
    if utterance.kind == OPINION:
        return localize("Taking up your opinion.")
    return localize("Done as you said.") if utterance.kind == COMMAND else localize("Not understood.")


@handler
def on_stop(value: str) -> Update:
    """Stop the show at once. value: Message of STOP_JS."""
    cancellation.request_stop(PAGE)
    message = read_message(value)
    live = STORE.find(message.get("show"))
    if live is None:
        return Update(live=SILENT, status=localize("Stopped."))
    live.interrupt(_position(message))
    live.studio.show.stop()
    return Update(live=SILENT, status=localize("Stopped."), transcript=live.html(localize("You")))


@queued_handler(page=PAGE)
def on_files(request: PlayRequest, name: str, style: str) -> Iterator[Update]:
    """Write the files of the episode: as it was heard, with its questions, and the rest of the script."""
    live = STORE.find(name)
    yield Update(**{each: disabled_download() for each in FILES})
    if live is None:
        lines = read_table(request.table, event_tags(request.engine))
        source = STORE.source(request.source)
        live = STORE.add(Studio(lines, request.language, make_cast(request), request.engine, source, request.title))
    for step in finish_episode(live.studio, style):
        if isinstance(step, Episode):
            yield Update(status=localize("Writing the files and looking for the watermark…"))
            yield _file_update(live.studio, step)
        else:
            yield Update(status=localize("Making the files: {share:.0%}", share=step))


def _file_update(studio: Studio, episode: Episode) -> Update:
    """Return the update that offers the files of an episode."""
    stem = safe_name(studio.title, "podcast")
    try:
        downloads = {}
        for name in FILES:
            path = episode.write_beside(name)
            if name == "mp3":
                is_marked = search_watermark(path).is_marked
            downloads[name] = enabled_download(write_file(path.read_bytes(), f"{stem}.{name}"))
    finally:
        episode.close()
    length = audio.format_duration(round(episode.seconds))
    figures = localize("{length}, {loudness:.1f} LUFS.", length=length, loudness=episode.report.loudness)
    return Update(status=f"{figures} {watermark_text(is_marked)}", **downloads)


def default_recognizer() -> str:
    """Return the title of the recognizer that hears the listener."""
    return selection.recognizer_for_dialogue().title
