"""Command `prepare` of `python -m funaudio_core.training`: recordings become training clips."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.training.data import conversion
from funaudio_core.training.data.clip_rows import REASONS, ClipRow, read_rows, write_rows
from funaudio_core.training.data.kaldi_folder import DEFAULT_INSTRUCTION, read_kaldi_folder, write_kaldi_folder
from funaudio_core.training.data.preparation import (
    PreparationOptions,
    PreparationStep,
    Recording,
    find_recordings,
    prepare_clips,
    save_clips,
)
from funaudio_core.training.data.sensevoice_jsonl import read_sensevoice_jsonl, write_sensevoice_jsonl

TABLE, CLIPS, SENSEVOICE, COSYVOICE = "clips.jsonl", "clips", "sensevoice.jsonl", "cosyvoice"  # in the folder


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of a parser."""
    parser = commands.add_parser(
        "prepare",
        help="cut recordings into training clips",
        description=f"Cut recordings into training clips with their texts. The table {TABLE} may be corrected: if it "
        "is there, it is kept, and the clips and lists are made from it.",
    )
    parser.add_argument("recordings", nargs="+", type=Path, help="sound files, folders, and published lists")
    parser.add_argument("--out", type=Path, default=Path("my-clips"), help="folder; default: %(default)s")
    parser.add_argument("--language", default="", help="language of the recordings; default: detected")
    parser.add_argument("--recognizer", default="", help="recognizer; default: the first one")
    parser.add_argument("--speakers", type=int, default=0, help="number of speakers; default: found")
    parser.add_argument("--main-speaker-only", action="store_true", help="keep the clips of one speaker alone")
    parser.add_argument("--wide-band-only", action="store_true", help="keep no clips as of a phone call")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the table if there is none, and the clips and lists of those that are kept."""
    recordings = find_all(options.recordings)
    table = options.out / TABLE
    if not table.exists():
        choices = PreparationOptions(
            options.language,
            options.recognizer,
            options.speakers,
            options.main_speaker_only,
            options.wide_band_only,
        )
        write_rows(_show_progress(prepare_clips(recordings, choices)), table)
    rows = read_rows(table)
    paths = save_clips(rows, recordings, (options.out / CLIPS).resolve())
    write_sensevoice_jsonl(conversion.to_sensevoice(rows, paths), options.out / SENSEVOICE)
    write_kaldi_folder(conversion.to_kaldi(rows, paths, DEFAULT_INSTRUCTION), options.out / COSYVOICE)
    print(make_summary(rows))


def find_all(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """Return the recordings of sound files, folders, lists of SenseVoice (.jsonl) and folders of CosyVoice (wav.scp).

    Raises:
        BadInput: There are none, a list has a fault, or two recordings have the same name.
    """
    lists = {path for path in paths if path.suffix == ".jsonl"}
    folders = {path for path in paths if (path / "wav.scp").is_file()}
    found: list[Recording] = []
    for path in paths:
        if path in lists:
            found += conversion.from_sensevoice(read_sensevoice_jsonl(path), path.parent)
        elif path in folders:
            found += conversion.from_kaldi(read_kaldi_folder(path), path)
    plain = [path for path in paths if path not in lists and path not in folders]
    found += find_recordings(plain) if plain or not found else ()
    for name, count in Counter(recording.name for recording in found).items():
        if count > 1:
            raise BadInput("The id {id!r} occurs twice.", id=name)
    return tuple(found)


def make_summary(rows: Iterable[ClipRow]) -> str:
    """Return the numbers of clips that are kept, by speaker, and of the others, by reason."""
    rows = tuple(rows)
    kept = [row for row in rows if row.kept]
    lines = [f"{len(kept)} of {len(rows)} clips kept, {sum(row.duration for row in kept):.0f} s"]
    lines += [f"speaker {name}: {count} clips" for name, count in Counter(row.speaker for row in kept).items()]
    reasons = Counter(row.reason for row in rows if not row.kept)
    lines += [f"{count} not kept: {REASONS.get(reason, 'by hand')}" for reason, count in reasons.items()]
    return "\n".join(lines)


def _show_progress(steps: Iterable[PreparationStep]) -> tuple[ClipRow, ...]:
    """Show the progress, and return the rows."""
    from tqdm import tqdm

    rows: tuple[ClipRow, ...] = ()
    with tqdm(unit="s") as bar:
        for step in steps:
            bar.total, rows = round(step.seconds), step.rows
            bar.update(round(step.seconds_done) - bar.n)
    return rows
