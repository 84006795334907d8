"""Mandarin written forms and how they are spoken.

WeText's grammar reads what is left after these rules, which cover what it gets wrong: ranges, signs of full width, version
and code numbers, 2 before measure words, dates, and letters beside digits.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cache
from typing import Any

from funaudio_core.text import error_rate
from funaudio_core.text.spoken_form import contacts, numbers, shared
from funaudio_core.text.spoken_form.aligned import AlignedText, Rule, rule
from funaudio_core.text.spoken_form.chinese_dates import DASH, DATES, TIMES, cardinal, dial, digits
from funaudio_core.text.spoken_form.lexicon import alternatives
from funaudio_core.text.spoken_form.tables import english as english_tables
from funaudio_core.text.spoken_form.tables.chinese import (
    CODE_BEFORE,
    CURRENCIES,
    DIAL_BEFORE,
    MEASURES,
    NOT_TWO,
    SIGNS,
    UNITS,
)

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"


def _counted(number: str) -> str:
    """Return a number before a measure word."""
    return "两" if number == "2" else cardinal(number)


def _say_money(match: re.Match[str]) -> str:
    sign = "负" if match["sign"] else ""
    low = match.groupdict().get("low")
    start = f"{_counted(low)}到" if low else ""
    return f"{sign}{start}{_counted(match['number'])}{match['magnitude'] or ''}{CURRENCIES[match['currency']]}"


def _say_unit(match: re.Match[str]) -> str:
    unit, number = UNITS[match["unit"]], match["number"]
    is_cold = unit in ("摄氏度", "度") and match["sign"]
    sign = "零下" if is_cold else "负" if match["sign"] else ""
    words = cardinal(number) if unit in ("摄氏度", "华氏度", "度") else _counted(number)
    return f"{sign}{words}{unit}"


def _say_percent(match: re.Match[str]) -> str:
    share = "千分之" if match["mark"] == "‰" else "百分之"
    return f"{share}{'负' if match['sign'] else ''}{cardinal(match['number'])}"


def _say_fraction(match: re.Match[str]) -> str | None:
    if int(match["bottom"]) == 0:
        return None
    if re.search(r"血压[^，。]{0,4}$", match.string[: match.start()]):
        return f"{cardinal(match['top'])}，{cardinal(match['bottom'])}"
    if match["top"] == "24" and match["bottom"] == "7":
        return "二十四七"
    whole = f"{cardinal(match['whole'])}又" if match["whole"] else ""
    return f"{whole}{cardinal(match['bottom'])}分之{cardinal(match['top'])}"


def _say_range(match: re.Match[str]) -> str | None:
    before = match.string[: match.start()]
    if re.match(r"[\d.]+ ?[=等]", match.string[match.end() :]):
        return None
    if re.search(r"[A-Za-z]\d*$|\d-\d*$", before) or re.match(r"\d+-", match.string[match.end() :]):
        return None
    if re.search(r"(?:比分|战胜|击败|大胜|[胜负赢输])[^，。]{0,6}\d$", before) or re.match(
        r"\d+(?:战胜|战平|击败|获胜|取胜|险胜|告负|告捷|领先|落后|[胜负赢输平])", match.string[match.end() :]
    ):
        return "比"
    return f"{match[1]}到"


def _narrow(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


def _say_letters_digits(match: re.Match[str]) -> str:
    letters, number, tail = match[1], match[2], match[3]
    if len(letters) == 2 and letters.isupper() and len(number) in (3, 4):
        return f"{' '.join(letters)}{dial(number)}{tail}"
    return f"{letters}{cardinal(number) if len(number) < 4 else digits(number)}{tail}"


_PHONES = [
    rule(
        r"(?<![\d.])\+?(?:86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)",
        lambda m: ("加" if m.group()[0] == "+" else "") + dial(m.group()),
    ),
    rule(
        r"(?<![\d.-])(?:0\d{2,3}[- ]\d{7,8}(?:-\d{1,5})?|[48]00[- ]?\d{3,4}[- ]?\d{3,4}|\d{3,4}-\d{4}-\d{4})(?!\d)",
        lambda m: dial(m.group()),
    ),
    rule(r"\+\d{1,3}(?:[ -]\d{1,8}){1,5}(?!\d)", lambda m: f"加{dial(m.group())}"),
    rule(
        rf"((?:{DIAL_BEFORE})(?:是|为|：|:| |号)*)(\d[\d-]{{1,14}}\d)(?![\d.:年月日号个元人次天%]|到)",
        lambda m: m[1] + dial(m[2]),
    ),
    rule(
        r"(?<![\d.])(110|119|120|122|12306|12315|12345|10086|10010|10000|95\d{3})(?=报警|急救|热线|客服|电话|平台|官网|购票)",
        lambda m: dial(m[1]),
    ),
    rule(
        rf"((?:{CODE_BEFORE})(?:是|为|：|:| )*)(\d{{3,}})(?![\d.个元])",
        lambda m: m[1] + (dial(m[2]) if m[1].startswith("房") else digits(m[2])),
    ),
    rule(r"\b([GDCKTZ])(\d{1,4})(?=次)", lambda m: m[1] + dial(m[2]), re.ASCII),
    rule(r"(?<![\d.])(\d{3,4})(?=室)|(?<=单元)(\d{3,4})(?![\d.])", lambda m: dial(m[1] or m[2])),
    rule(r"(?<![\d.])(1080|720|480|2160)(?=[Pp](?![a-z]))", lambda m: digits(m[1])),
    rule(r"(?<![\d.,])\d{11,}(?![\d.])", lambda m: digits(m.group())),
    rule(r"(?<![\d.,:/-])0\d+(?![\d.:])", lambda m: digits(m.group())),
]


_CURRENCY = alternatives(CURRENCIES)


_MAGNITUDE = "(?P<magnitude>[百千]?[万亿]|千|百)?"


_MONEY = [
    rule(
        rf"(?P<sign>-)?(?<![A-Za-z])(?P<currency>{_CURRENCY}) ?(?:(?P<low>{_NUMBER}) ?{DASH} ?(?:{_CURRENCY})?)?(?P<number>{_NUMBER}){_MAGNITUDE}(?:元(?!素))?",
        _say_money,
    ),
    rule(rf"(?P<sign>(?<!\d)-)?(?P<number>{_NUMBER}){_MAGNITUDE} ?(?P<currency>{_CURRENCY})(?![A-Za-z])", _say_money),
]


_UNIT = alternatives(UNITS)


_MEASURED = [
    rule(
        rf"(?P<sign>(?<![\d\w])-)?(?<![A-Za-z\d.])(?P<number>{_NUMBER}) ?(?P<unit>{_UNIT})(?![A-Za-z²³\d])",
        _say_unit,
        re.ASCII,
    ),
    rule(rf"(?P<sign>(?<![\d\w%])-)?(?<![\d.])(?P<number>{_NUMBER}) ?(?P<mark>[%％‰])", _say_percent, re.ASCII),
    rule(r"(?<![\d./])(?:(?P<whole>\d+) )?(?P<top>\d+)/(?P<bottom>\d+)(?![\d/])", _say_fraction),
    rule(r"(\d+)[ ]?(?:的)?²", lambda m: f"{cardinal(m[1])}的平方"),
    rule(r"(\d+)³", lambda m: f"{cardinal(m[1])}的三次方"),
    rule(r"(\d+)\^(\d+)", lambda m: f"{cardinal(m[1])}的{cardinal(m[2])}次方"),
    rule(r"(?<=[A-Za-z])²", "平方"),
    rule(r"(?<=[A-Za-z])³", "立方"),
]


_OPERATORS = [
    rule(f" ?([{''.join(SIGNS)}]) ?", lambda m: SIGNS[m[1]]),
    rule(r"(?<=[\dA-Za-z方]) ?\+ ?(?=[\dA-Za-z])", "加"),
    rule(r"(?<=\d) ?[*x] ?(?=\d)", "乘"),
    rule(r" ?[>＞] ?(?=[\d零一二三四五六七八九十])", "大于"),
    rule(r" ?[<＜] ?(?=[\d零一二三四五六七八九十])", "小于"),
    rule(r"(?<=\d) - (?=\d)|(?<=\d)-(?=\d+(?:等于|=))", "减"),
    rule(r"(?<=\d)\+", "多"),
    rule(r"(?<![\d\w.])[-−](?=\d)", "负"),
    rule(r"(?<=[\u4e00-\u9fff，：（])-(?=\d)", "负"),
    rule(r"[~～≈](?=\d)", "约"),
    rule(r"§ ?(?=\d)", "第"),
]


_CODES = [
    rule(
        r"(?<![\d.])[vV]?\d+(?:\.\d+){2,}(?!\d)",
        lambda m: "点".join(cardinal(part) for part in m.group().lstrip("vV").split(".")),
    ),
    rule(
        r"(?<![A-Za-z])(?:No|NO|no)\.? ?(?P<n>\d+)|№ ?(?P<m>\d+)",
        lambda m: f"number {numbers.integer(m['n'] or m['m'], 'en')}",
    ),
    rule(r"\bC\+\+", "C加加", re.ASCII),
    rule(r"\bC#", "C sharp", re.ASCII),
    rule(r"\bWi-?Fi\b", "wifi", re.ASCII | re.IGNORECASE),
    rule(r"#([^#\s]{1,30})#", r"\1"),
    rule(r"#(?=\d)", "第"),
    rule(r"(?<![\dA-Za-z])([A-Za-z]+)[- ]?(\d+)((?:[A-Za-z]{1,2}(?![A-Za-z]))?)(?![\d.:])", _say_letters_digits),
    rule(r"(?<=[A-Za-z])-(?=[A-Za-z\d])", " "),
]


_COUNTS = [
    rule(r"(?<!\d)(第)(\d+)(?=\D|$)", lambda m: f"{m[1]}{cardinal(m[2])}"),
    rule(rf"(?<![\d.第初周])2(?!{NOT_TWO})(?={MEASURES})", "两"),
    rule(rf"(?<![\d.第初])2(?!到\d*(?:{NOT_TWO}))(?=到\d*(?:{MEASURES}))", "两"),
    rule(r"(?<!\d)2(?=单元|年级|[班级号])", "二"),
    rule(r"(?<=双)11", "十一"),
    rule(r"(?<=双)12", "十二"),
    rule("(?<=[零一二三四五六七八九十])〇|〇(?=[零一二三四五六七八九十])", "零"),
]


_NARROW_MARKS = rule(
    "[０-９Ａ-Ｚａ-ｚ＃＄％＆＠＋＝＜＞ ]+|(?<=[\\d０-９])[．：／](?=[\\d０-９])|(?<=[０-９])，(?=[０-９]{3}(?![０-９]))|[－](?=[\\d０-９])|[㎡㎥㎢㎏㎝㎜㎞℃℉①-⓿]",
    lambda m: None if m.group().isspace() else _narrow(m),
    pads=False,
)


_ADDRESS = replace(english_tables.LEXICON, words={**english_tables.LEXICON.words, "dot": "点"})


RULES: tuple[Rule, ...] = tuple(
    Rule(step.pattern, step.replace, pads=False)
    for step in (
        rule(r"(?<=\d) ?− ?(?=\d)", "减"),
        *shared.compatible_characters(unspaced=True),
        _NARROW_MARKS,
        *contacts.address_rules(_ADDRESS, is_ascii=True),
        rule(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d|,\d)", lambda m: m.group().replace(",", "")),
        *DATES[:6],
        *_PHONES,
        *DATES[6:],
        *TIMES,
        *_CODES,
        *_MONEY,
        rule(
            rf"(?<=\d)([%℃°C度天年月日号元万亿个点时分秒周岁级楼层页章条人次米克倍折]{{0,2}}) ?{DASH} ?(?=\d)",
            _say_range,
        ),
        *_MEASURED,
        *_OPERATORS,
        *_COUNTS,
    )
)


# 著 of Traditional text is a particle except in the words for "write" and "famous".
_PARTICLE = re.compile("(?<![名显原土编专论遗卓昭巨译])著(?![名作述称书录者])")


def rewrite(text: AlignedText) -> None:
    """Rewrite a text as it is spoken; Traditional characters become Simplified, whose readings are known by word."""
    simplified = error_rate.to_simplified(text.text)
    if simplified != text.text:
        simplified = _PARTICLE.sub("着", simplified)
    if len(simplified) == len(text.text):
        text.replace_characters(simplified)
    text.apply(*RULES)
    if re.search(r"\d", text.text):
        _apply_grammar(text)
        text.apply(_REST)


_REST = rule(r"\d+(?:\.\d+)?", lambda m: cardinal(m.group()), pads=False)


_CLAUSE = re.compile(r"[^，。！？；\n]{1,100}[，。！？；\n]*")


def _apply_grammar(text: AlignedText) -> None:
    """Rewrite numbers by WeText's grammar, clause by clause because its time grows faster than the length."""
    for clause in reversed(list(_CLAUSE.finditer(text.text))):
        if not re.search(r"\d", clause.group()):
            continue
        try:
            result = _load_grammar().normalize_with_mapping(clause.group())
        except AssertionError:  # WeText can't parse the clause
            continue
        for mapping in reversed(result.mappings):
            if re.search(r"\d", mapping.input_text) and mapping.output_text:
                start = clause.start()
                text.replace_span(start + mapping.input_start, start + mapping.input_end, mapping.output_text)


@cache
def _load_grammar() -> Any:  # noqa: ANN401 (the package is untyped)
    from wetext import Normalizer

    return Normalizer(lang="zh", operator="tn")
