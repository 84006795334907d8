"""Items of a data set, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from funaudio_core import languages
from funaudio_core.errors import BadInput
from funaudio_core.message import Message, join_messages

MAX_ITEMS = 100_000
MAX_TEXT_CHARACTERS = 20_000
MAX_PROBLEMS = 5  # that one error lists
_TEXT_FIELDS = ("id", "audio", "text", "language", "speaker", "question", "answer")
_NOT_TAGS = frozenset((*_TEXT_FIELDS, "choices"))


@dataclass(frozen=True, slots=True)
class Item:
    """Utterance or question of a data set.

    Attributes:
        id: Id, unique in the data set.
        audio: Recording; None for a text to speak.
        text: Reference transcript, or the text to speak; "" if only the recording is known.
        language: Code of languages.LANGUAGES; "" to detect it.
        speaker: Speaker, or "".
        question: Question on the recording, or "".
        choices: Choices of the answer, or ().
        answer: Right answer, one of the choices if there are some, or "".
        tags: Other fields, by which results can be grouped.
    """

    id: str
    audio: Path | None
    text: str = ""
    language: str = ""
    speaker: str = ""
    question: str = ""
    choices: tuple[str, ...] = ()
    answer: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def result_tags(self) -> dict[str, str]:
        """Return the tags of a result: those of the item, and its speaker if it is known."""
        return {**self.tags, **({"speaker": self.speaker} if self.speaker else {})}


@dataclass(frozen=True, slots=True)
class DataSet:
    """Data set as read from a manifest, with its name."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Entry of a manifest before it is checked: where it stands, and its fields."""

    file: str
    line: int
    fields: Mapping[str, object]

    def problem(self, sentence: Message) -> Message:
        """Return a sentence on this row, with its file and line."""
        return Message("{file}, line {line}: {sentence}", file=self.file, line=self.line, sentence=sentence)


def collect_items(
    name: str, rows: Iterator[Row | Message], folder: Path, language: str = "", is_confined: bool = False
) -> DataSet:
    """Check the rows of a manifest.

    Args:
        name: Name of the data set.
        rows: Rows, and problems that the reader of the format found.
        folder: Folder to which paths are relative.
        language: Language of rows without one; "" to detect it.
        is_confined: Refuse paths that lead out of the folder.

    Raises:
        BadInput: There are no rows, too many, or rows with problems, of which the first ones are listed.
    """
    items: list[Item] = []
    problems: list[Message] = []
    lines: dict[str, int] = {}  # by id
    for row in rows:
        if len(items) == MAX_ITEMS:
            raise BadInput("{file} has more than {most:,} entries. Divide it.", file=name, most=MAX_ITEMS)
        found = row if isinstance(row, Message) else _check(row, folder, language, is_confined)
        if isinstance(found, Item) and isinstance(row, Row):
            if found.id in lines:
                found = row.problem(
                    Message("The id {id!r} stands in line {first} too.", id=found.id, first=lines[found.id])
                )
            else:
                lines[found.id] = row.line
                items.append(found)
        if isinstance(found, Message):
            problems.append(found)
    _raise_problems(problems)
    if not items:
        raise BadInput("{file} has no entries. Add at least one.", file=name)
    return DataSet(name, tuple(items))


def _raise_problems(problems: Sequence[Message]) -> None:
    """Raise BadInput with the first problems, if there are any."""
    if not problems:
        return
    listed = join_messages(problems[:MAX_PROBLEMS])
    if len(problems) > MAX_PROBLEMS:
        raise BadInput("{problems} {count} more problems follow.", problems=listed, count=len(problems) - MAX_PROBLEMS)
    raise BadInput(listed)


def _check(row: Row, folder: Path, language: str, is_confined: bool) -> Item | Message:
    """Return the item of a row, or its first problem."""
    for name in _TEXT_FIELDS:
        value = row.fields.get(name)
        if value is not None and not isinstance(value, str | int):
            return row.problem(Message("{name!r} must be a text; got {value}.", name=name, value=_shorten(value)))
    values = {name: str(row.fields.get(name) or "").strip() for name in _TEXT_FIELDS}
    if not values["audio"] and not values["text"]:
        return row.problem(Message("Both 'audio' and 'text' are missing."))
    if len(values["text"]) > MAX_TEXT_CHARACTERS:
        return row.problem(Message("The text is longer than {most:,} characters. Divide it.", most=MAX_TEXT_CHARACTERS))
    audio = _find_audio(row, values["audio"], folder, is_confined) if values["audio"] else None
    if isinstance(audio, Message):
        return audio
    code = languages.find_code(values["language"]) if values["language"] else language
    if code is None:
        return row.problem(
            Message("{language!r} isn't a language. Use a code such as en.", language=values["language"])
        )
    choices = _choices(row, values["answer"])
    if isinstance(choices, Message):
        return choices
    tags = {name: str(value) for name, value in row.fields.items() if name not in _NOT_TAGS and _is_plain(value)}
    id_ = values["id"] or (audio.stem if audio else str(row.line))
    return Item(
        id_, audio, values["text"], code, values["speaker"], values["question"], choices, values["answer"], tags
    )


def _find_audio(row: Row, written: str, folder: Path, is_confined: bool) -> Path | Message:
    """Return the path of a recording, or the problem with it."""
    if written.endswith("|"):
        return row.problem(Message("Commands aren't run. Write the path of a sound file instead."))
    if "://" in written:
        return row.problem(
            Message("Addresses aren't fetched. Download {path!r} and write its path.", path=_shorten(written))
        )
    if "\0" in written:
        return row.problem(Message("The path of the recording has a NUL character. Remove it."))
    path = folder / written
    try:
        if is_confined and not path.resolve().is_relative_to(folder.resolve()):
            return row.problem(
                Message("{path!r} lies outside the data set. Put the file into it.", path=_shorten(written))
            )
        if path.is_dir():
            return row.problem(Message("{path!r} is a folder. Write the path of a sound file.", path=_shorten(written)))
        if not path.is_file():
            return row.problem(
                Message("There is no file {path!r}. Paths are relative to the list.", path=_shorten(written))
            )
    except OSError:  # such as a name that is too long
        return row.problem(Message("{path!r} can't be a path.", path=_shorten(written)))
    return path


def _choices(row: Row, answer: str) -> tuple[str, ...] | Message:
    """Return the choices of a question, or the problem with them."""
    choices = row.fields.get("choices")
    if choices is None:
        return ()
    if not isinstance(choices, list) or len(choices) < 2 or not all(isinstance(choice, str) for choice in choices):
        return row.problem(Message("'choices' must be a list of at least two texts."))
    if len(choices) > 26:  # letters
        return row.problem(Message("There are {count} choices; the limit is 26.", count=len(choices)))
    if answer and answer not in choices:
        return row.problem(Message("The answer {answer!r} isn't one of the choices.", answer=_shorten(answer)))
    return tuple(choices)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _shorten(value: object) -> str:
    """Return the start of a value for a message."""
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
