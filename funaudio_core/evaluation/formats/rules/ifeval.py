"""The 25 verifiable instructions of IFEval, by the names of its data.

Three of them need a sentence splitter, a tokenizer or a language identifier: here those of this app, in IFEval those of
nltk and langdetect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from funaudio_core.languages import find_code
from funaudio_core.text.language_id import detect_language
from funaudio_core.text.sentences import cut_sentences

LESS = "less than"  # the other relation is "at least"
ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_TOKEN = re.compile(r"\w+(?:[-.]\w+)*|'\w+")
_FIRST_WORD_ENDS = re.compile(r"[.,?!'\"]")
_CODE_BLOCK = re.compile(r"^```(?:json|Json|JSON)?|```$")


@dataclass(frozen=True, slots=True)
class Instruction:
    """Instruction with its parameters, as IFEval's data has them.

    Attributes:
        name: Name, such as "keywords:existence".
        values: Parameters; those that are null are left out.
        prompt: The whole prompt.
    """

    name: str
    values: Mapping[str, Any]
    prompt: str

    def is_followed(self, response: str) -> bool:
        """Return whether a response follows the instruction; an empty one doesn't.

        Raises:
            KeyError: There is no such instruction, or a parameter is missing.
        """
        return bool(response.strip()) and RULES[self.name](response, self)


def follow_strictly(instructions: Sequence[Instruction], response: str) -> list[bool]:
    """Return whether the response follows each instruction."""
    return [each.is_followed(response) for each in instructions]


def follow_loosely(instructions: Sequence[Instruction], response: str) -> list[bool]:
    """Return whether the response follows each instruction in some form: without asterisks, first line or last line."""
    forms = list(_loose_forms(response))
    return [any(each.is_followed(form) for form in forms) for each in instructions]


def _loose_forms(response: str) -> Iterator[str]:
    lines = response.split("\n")
    whole, *cut = response, *("\n".join(lines[part]).strip() for part in (slice(1, None), slice(-1), slice(1, -1)))
    for form in (whole, *cut):
        yield form
        yield form.replace("*", "")


def _relation(count: int, most: float, relation: str) -> bool:
    return count < most if relation == LESS else count >= most


def _count_matches(pattern: str, text: str) -> int:
    """Return the number of matches of a word, which IFEval takes as a regular expression."""
    try:
        return len(re.findall(pattern, text, re.IGNORECASE))
    except re.error:
        return len(re.findall(re.escape(pattern), text, re.IGNORECASE))


def _has_keywords(text: str, given: Instruction) -> bool:
    return all(_count_matches(word, text) for word in given.values["keywords"])


def _has_keyword_often(text: str, given: Instruction) -> bool:
    values = given.values
    return _relation(_count_matches(values["keyword"], text), values["frequency"], values["relation"])


def _lacks_words(text: str, given: Instruction) -> bool:
    return not any(_count_matches(rf"\b{word}\b", text) for word in given.values["forbidden_words"])


def _has_letter_often(text: str, given: Instruction) -> bool:
    values = given.values
    count = text.lower().count(values["letter"].lower())
    return _relation(count, values["let_frequency"], values["let_relation"])


def _is_in_language(text: str, given: Instruction) -> bool:
    found = detect_language(text)
    return found is None or found == (find_code(given.values["language"]) or given.values["language"])


def _has_sentences(text: str, given: Instruction) -> bool:
    count = sum(1 for sentence in cut_sentences(text) if sentence.strip())
    return _relation(count, given.values["num_sentences"], given.values["relation"])


def _has_words(text: str, given: Instruction) -> bool:
    return _relation(len(re.findall(r"\w+", text)), given.values["num_words"], given.values["relation"])


def _has_paragraphs(text: str, given: Instruction) -> bool:
    paragraphs = re.split(r"\s?\*\*\*\s?", text)
    inner = paragraphs[1:-1]
    if not all(paragraph.strip() for paragraph in inner):
        return False
    ends = sum(bool(paragraph.strip()) for paragraph in (paragraphs[:1] + paragraphs[-1:])[: len(paragraphs)])
    return bool(len(inner) + ends == given.values["num_paragraphs"])


def _has_first_word(text: str, given: Instruction) -> bool:
    paragraphs, place = text.split("\n\n"), given.values["nth_paragraph"]
    count = sum(bool(paragraph.strip()) for paragraph in paragraphs)
    if place > count or not (words := paragraphs[place - 1].split()):
        return False
    first = _FIRST_WORD_ENDS.split(words[0].lstrip("'").lstrip('"'), maxsplit=1)[0].lower()
    return bool(count == given.values["num_paragraphs"] and first == given.values["first_word"].lower())


def _has_placeholders(text: str, given: Instruction) -> bool:
    return bool(len(re.findall(r"\[.*?\]", text)) >= given.values["num_placeholders"])


def _has_postscript(text: str, given: Instruction) -> bool:
    marker = given.values["postscript_marker"]
    patterns = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return re.search(patterns.get(marker, re.escape(marker.lower())), text.lower()) is not None


def _has_bullets(text: str, given: Instruction) -> bool:
    starts = (r"^\s*\*[^\*].*$", r"^\s*-.*$")
    count = sum(len(re.findall(start, text, re.MULTILINE)) for start in starts)
    return bool(count == given.values["num_bullets"])


def _is_constrained(text: str, _: Instruction) -> bool:
    return any(answer in text for answer in ANSWERS)


def _has_highlights(text: str, given: Instruction) -> bool:
    single, double = re.findall(r"\*[^\n\*]*\*", text), re.findall(r"\*\*[^\n\*]*\*\*", text)
    count = sum(bool(each.strip("*").strip()) for each in single)
    count += sum(bool(each.removeprefix("**").removesuffix("**").strip()) for each in double)
    return bool(count >= given.values["num_highlights"])


def _has_sections(text: str, given: Instruction) -> bool:
    marker = given.values["section_spliter"]
    return bool(len(re.split(rf"\s?{marker}\s?\d+\s?", text)) - 1 >= given.values["num_sections"])


def _is_json(text: str, _: Instruction) -> bool:
    try:
        json.loads(_CODE_BLOCK.sub("", text.strip()).strip())
    except (ValueError, RecursionError):
        return False
    return True


def _has_title(text: str, _: Instruction) -> bool:
    return any(title.lstrip("<").rstrip(">").strip() for title in re.findall(r"<<[^\n]+>>", text))


def _has_two_responses(text: str, _: Instruction) -> bool:
    parts = text.split("******")
    found = [part.strip() for part in parts if part.strip()]
    return all(part.strip() for part in parts[1:-1]) and len(found) == 2 and found[0] != found[1]


def _repeats_prompt(text: str, given: Instruction) -> bool:
    return text.strip().lower().startswith(given.values["prompt_to_repeat"].strip().lower())


def _has_end(text: str, given: Instruction) -> bool:
    return text.strip().strip('"').lower().endswith(given.values["end_phrase"].strip().lower())


def _is_quoted(text: str, _: Instruction) -> bool:
    return len(text.strip()) > 1 and text.strip()[0] == text.strip()[-1] == '"'


def _has_capital_words(text: str, given: Instruction) -> bool:
    count = sum(token.isupper() for token in _TOKEN.findall(text))
    return _relation(count, given.values["capital_frequency"], given.values["capital_relation"])


def _is_english(text: str) -> bool:
    return detect_language(text.lower()) in (None, "en")


def _is_upper(text: str, _: Instruction) -> bool:
    return text.isupper() and _is_english(text)


def _is_lower(text: str, _: Instruction) -> bool:
    return text.islower() and _is_english(text)


def _has_no_comma(text: str, _: Instruction) -> bool:
    return "," not in text


RULES: dict[str, Callable[[str, Instruction], bool]] = {
    "keywords:existence": _has_keywords,
    "keywords:frequency": _has_keyword_often,
    "keywords:forbidden_words": _lacks_words,
    "keywords:letter_frequency": _has_letter_often,
    "language:response_language": _is_in_language,
    "length_constraints:number_sentences": _has_sentences,
    "length_constraints:number_paragraphs": _has_paragraphs,
    "length_constraints:number_words": _has_words,
    "length_constraints:nth_paragraph_first_word": _has_first_word,
    "detectable_content:number_placeholders": _has_placeholders,
    "detectable_content:postscript": _has_postscript,
    "detectable_format:number_bullet_lists": _has_bullets,
    "detectable_format:constrained_response": _is_constrained,
    "detectable_format:number_highlighted_sections": _has_highlights,
    "detectable_format:multiple_sections": _has_sections,
    "detectable_format:json_format": _is_json,
    "detectable_format:title": _has_title,
    "combination:two_responses": _has_two_responses,
    "combination:repeat_prompt": _repeats_prompt,
    "startend:end_checker": _has_end,
    "startend:quotation": _is_quoted,
    "change_case:capital_word_frequency": _has_capital_words,
    "change_case:english_capital": _is_upper,
    "change_case:english_lowercase": _is_lower,
    "punctuation:no_comma": _has_no_comma,
}
