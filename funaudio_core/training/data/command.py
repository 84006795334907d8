"""Command `prepare` of `python -m funaudio_core.training`: recordings become training clips."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.training.data import conversion
from funaudio_core.training.data.clip_rows import REASONS, ClipRow, read_rows, write_rows
from funaudio_core.training.data.conversion import EncodedClip
from funaudio_core.training.data.kaldi_folder import DEFAULT_INSTRUCTION, read_kaldi_folder, write_kaldi_folder
from funaudio_core.training.data.parquet_files import LIST, read_parquet, require_pyarrow, write_parquet
from funaudio_core.training.data.preparation import (
    PreparationOptions,
    PreparationStep,
    Recording,
    find_recordings,
    prepare_clips,
    save_clips,
)
from funaudio_core.training.data.sensevoice_jsonl import read_sensevoice_jsonl, write_sensevoice_jsonl

# In the folder.
TABLE, CLIPS, SENSEVOICE, COSYVOICE = "clips.jsonl", "clips", "sensevoice.jsonl", "cosyvoice"
PARQUET, UNPACKED = "parquet", "unpacked"


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
    parser.add_argument("--parquet", action="store_true", help="also write Parquet files for CosyVoice's code")
    parser.add_argument("--cosyvoice", type=Path, help="folder of CosyVoice 3, whose encoders complete these files")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the table if there is none, and the clips and lists of those that are kept."""
    if options.parquet:
        require_pyarrow()
    recordings = find_all(options.recordings, options.out / UNPACKED)
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
    utterances = conversion.to_kaldi(rows, paths, DEFAULT_INSTRUCTION)
    write_kaldi_folder(utterances, options.out / COSYVOICE)
    if options.parquet:
        encode = None if options.cosyvoice is None else _make_encoder(options.cosyvoice)
        write_parquet(conversion.to_parquet(utterances, encode), (options.out / COSYVOICE / PARQUET).resolve())
    print(make_summary(rows))


def _make_encoder(folder: Path) -> Callable[[Path], EncodedClip]:
    """Return a function that computes tokens and speaker vector of a clip with the encoders of a release."""
    from funaudio_core.engines.cosyvoice.config import CONFIGS
    from funaudio_core.training.cosyvoice.clips import ClipEncoder

    encoder = ClipEncoder(folder, CONFIGS[3])
    return lambda path: EncodedClip(*encoder.encode(audio.load(path)))


def find_all(paths: Sequence[Path], unpacked: Path) -> tuple[Recording, ...]:
    """Return the recordings of sound files, folders, and lists of published training code.

    Args:
        paths: Sound files, folders, lists of SenseVoice (.jsonl), folders of CosyVoice (wav.scp), and its lists of
            Parquet files (data.list).
        unpacked: Folder for the sounds in Parquet files.

    Raises:
        BadInput: There are none, a list has a fault, or two recordings have the same name.
    """
    lists = {path for path in paths if path.suffix == ".jsonl"}
    packed = {path for path in paths if path.name == LIST}
    folders = {path for path in paths if (path / "wav.scp").is_file()}
    found: list[Recording] = []
    for path in paths:
        if path in lists:
            found += conversion.from_sensevoice(read_sensevoice_jsonl(path), path.parent)
        elif path in folders:
            found += conversion.from_kaldi(read_kaldi_folder(path), path)
        elif path in packed:
            found += conversion.from_parquet(read_parquet(path), unpacked)
    plain = [path for path in paths if path not in lists | folders | packed]
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
