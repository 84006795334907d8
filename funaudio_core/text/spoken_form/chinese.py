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
from funaudio_core.text.spoken_form import english_tables, numbers, shared
from funaudio_core.text.spoken_form.aligned import AlignedText, Rule, rule
from funaudio_core.text.spoken_form.chinese_tables import (
    CODE_BEFORE,
    CURRENCIES,
    DIAL_BEFORE,
    MEASURES,
    NOT_TWO,
    SIGNS,
    UNITS,
)
from funaudio_core.text.spoken_form.lexicon import alternatives

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


_DIAL_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


_MAX_CARDINAL_DIGITS = 12  # longer numbers are read digit by digit


_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"


_DASH = "[-–—−~～〜]"


def _digits(number: str) -> str:
    return number.translate(_DIGITS)


def _dial(number: str) -> str:
    return re.sub(r"\D", "", number).translate(_DIAL_DIGITS)


def _cardinal(number: str) -> str:
    """Return a number, which may have a fraction and commas, in Chinese characters."""
    import cn2an

    whole, _, fraction = number.replace(",", "").partition(".")
    if len(whole) > _MAX_CARDINAL_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        return _digits(whole) + (f"点{_digits(fraction)}" if fraction else "")
    words = str(cn2an.an2cn(int(whole)))
    words = re.sub(r"^一十", "十", words)
    words = re.sub(r"^二(?=[千万亿])", "两", words)
    words = re.sub(r"(?<=[万亿])二(?=千)", "两", words)
    return words + (f"点{_digits(fraction)}" if fraction else "")


def _counted(number: str) -> str:
    """Return a number before a measure word."""
    return "两" if number == "2" else _cardinal(number)


def _say_date(year: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and (not day or 1 <= int(day) <= 31)):
        return None
    return f"{_digits(year)}年{_cardinal(str(int(month)))}月" + (f"{_cardinal(str(int(day)))}日" if day else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    if (
        hour > 24
        or int(minute) > 59
        or re.search(r"(?:比分?|比例|比率|以|[胜负赢输])(?:是|为)?$", match.string[: match.start()])
    ):
        return None
    words = "两点" if hour == 2 else f"{_cardinal(str(hour))}点"
    if minute != "00" or second:
        words += _minutes(minute) + "分"
    if second:
        words += _minutes(second) + "秒"
    return words


def _minutes(minute: str) -> str:
    return f"零{_digits(minute[1])}" if minute[0] == "0" and minute[1] != "0" else _cardinal(str(int(minute)))


def _say_money(match: re.Match[str]) -> str:
    sign = "负" if match["sign"] else ""
    low = match.groupdict().get("low")
    start = f"{_counted(low)}到" if low else ""
    return f"{sign}{start}{_counted(match['number'])}{match['magnitude'] or ''}{CURRENCIES[match['currency']]}"


def _say_unit(match: re.Match[str]) -> str:
    unit, number = UNITS[match["unit"]], match["number"]
    is_cold = unit in ("摄氏度", "度") and match["sign"]
    sign = "零下" if is_cold else "负" if match["sign"] else ""
    words = _cardinal(number) if unit in ("摄氏度", "华氏度", "度") else _counted(number)
    return f"{sign}{words}{unit}"


def _say_percent(match: re.Match[str]) -> str:
    share = "千分之" if match["mark"] == "‰" else "百分之"
    return f"{share}{'负' if match['sign'] else ''}{_cardinal(match['number'])}"


def _say_fraction(match: re.Match[str]) -> str | None:
    if int(match["bottom"]) == 0:
        return None
    if match["top"] == "24" and match["bottom"] == "7":
        return "二十四七"
    whole = f"{_cardinal(match['whole'])}又" if match["whole"] else ""
    return f"{whole}{_cardinal(match['bottom'])}分之{_cardinal(match['top'])}"


def _say_range(match: re.Match[str]) -> str | None:
    before = match.string[: match.start()]
    if re.match(r"[\d.]+ ?[=等]", match.string[match.end() :]):
        return None
    if re.search(r"[A-Za-z]\d*$|\d-\d*$", before) or re.match(r"\d+-", match.string[match.end() :]):
        return None
    if re.search(r"(?:比分|战胜|击败|大胜|[胜负赢输])[^，。]{0,6}\d$", before) or re.match(
        r"\d+(?:战胜|击败|[胜负赢输])", match.string[match.end() :]
    ):
        return "比"
    return f"{match[1]}到"


def _narrow(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


def _say_letters_digits(match: re.Match[str]) -> str:
    letters, digits, tail = match[1], match[2], match[3]
    if len(letters) == 2 and letters.isupper() and len(digits) in (3, 4):
        return f"{' '.join(letters)}{_dial(digits)}{tail}"
    return f"{letters}{_cardinal(digits) if len(digits) < 4 else _digits(digits)}{tail}"


_PHONES = [
    rule(
        r"(?<![\d.])\+?(?:86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)",
        lambda m: ("加" if m.group()[0] == "+" else "") + _dial(m.group()),
    ),
    rule(
        r"(?<![\d.-])(?:0\d{2,3}[- ]\d{7,8}(?:-\d{1,5})?|[48]00[- ]?\d{3,4}[- ]?\d{3,4}|\d{3,4}-\d{4}-\d{4})(?!\d)",
        lambda m: _dial(m.group()),
    ),
    rule(r"\+\d{1,3}(?:[ -]\d{1,8}){1,5}(?!\d)", lambda m: f"加{_dial(m.group())}"),
    rule(
        rf"((?:{DIAL_BEFORE})(?:是|为|：|:| |号)*)(\d[\d-]{{1,14}}\d)(?![\d.:年月日号个元人次天%]|到)",
        lambda m: m[1] + _dial(m[2]),
    ),
    rule(
        r"(?<![\d.])(110|119|120|122|12306|12315|12345|10086|10010|10000|95\d{3})(?=报警|急救|热线|客服|电话|平台|官网|购票)",
        lambda m: _dial(m[1]),
    ),
    rule(
        rf"((?:{CODE_BEFORE})(?:是|为|：|:| )*)(\d{{3,}})(?![\d.个元])",
        lambda m: m[1] + (_dial(m[2]) if m[1].startswith("房") else _digits(m[2])),
    ),
    rule(r"\b([GDCKTZ])(\d{1,4})(?=次)", lambda m: m[1] + _dial(m[2]), re.ASCII),
    rule(r"(?<![\d.])(\d{3,4})(?=室)|(?<=单元)(\d{3,4})(?![\d.])", lambda m: _dial(m[1] or m[2])),
    rule(r"(?<![\d.])(1080|720|480|2160)(?=[Pp](?![a-z]))", lambda m: _digits(m[1])),
    rule(r"(?<![\d.,])\d{11,}(?![\d.])", lambda m: _digits(m.group())),
    rule(r"(?<![\d.,:/-])0\d+(?![\d.:])", lambda m: _digits(m.group())),
]


_DATES = [
    rule(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)日?", lambda m: _say_date(m[1], m[3], m[4])),
    rule(
        r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)",
        lambda m: _say_date(m[3], m[1], m[2]) or _say_date(m[3], m[2], m[1]),
    ),
    rule(r"(?<![\d.])((?:1\d|20)\d\d)-(0?[1-9]|1[0-2])(?![\d-])(?=[，。月的]|$)", lambda m: _say_date(m[1], m[2], "")),
    rule(r"(?<![\d.])(\d{4})(?=[-–—~～至到]\d{4}年)", lambda m: _digits(m[1])),
    rule(r"(?<![\d.])(\d{4})(?=年(?!代?前|来|间))", lambda m: _digits(m[1])),
    rule(rf"(?<=[零一二三四五六七八九年月日号]){_DASH}(?=[\d零一二三四五六七八九])", "到"),
    rule(r"(?<![\d.])([5-9]\d|0\d)(?=年(?:出生|生|毕业|的|春|夏|秋|冬|初|底|[，。]))", lambda m: _digits(m[1])),
    rule(
        r"(?<=公元前)\d+(?=年)|(?<![\d.])\d\d(?=年(?:春节|元旦|国庆|中秋|高考|奥运|世界杯|\d{1,2}月))",
        lambda m: _digits(m.group()),
    ),
    rule(r"(?<![\d.])(\d{1,2})月(\d{1,2})(?=[日号])", lambda m: f"{_cardinal(m[1])}月{_cardinal(m[2])}"),
    rule(r"(?<![\d.])(\d{1,2})(?=[-–—~～至到]\d{1,2}[日号月])", lambda m: _cardinal(m[1])),
    rule(r"(?<![\d.])(\d{1,2})(?=月(?!饼)|[日号](?!码))", lambda m: _cardinal(m[1])),
    rule(r"(?<![\d.])(\d0|0\d)(?=后)(?!后[来面续天年])", lambda m: _digits(m[1])),
    rule(
        r"(?<![\d.])(?:985|211|996|007|618|315)(?=大学|高校|院校|工作|制|大促|晚会|工程)", lambda m: _digits(m.group())
    ),
]


_TIMES = [
    rule(r"(?<=\d:\d\d) ?[-–—~～〜] ?(?=\d{1,2}:\d\d)", "到"),
    rule(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:])", _say_time),
    rule(r"(?<![\d.:])2(?=点(?![\d一二三四五六七八九零])|点(?:钟|半|整|多|\d{1,2}分))", "两"),
    rule(r"(?<![\d:])(\d+):(\d+)(?![\d:])", lambda m: f"{_cardinal(m[1])}比{_cardinal(m[2])}"),
]


_CURRENCY = alternatives(CURRENCIES)


_MAGNITUDE = "(?P<magnitude>[百千]?[万亿]|千|百)?"


_MONEY = [
    rule(
        rf"(?P<sign>-)?(?<![A-Za-z])(?P<currency>{_CURRENCY}) ?(?:(?P<low>{_NUMBER}) ?{_DASH} ?(?:{_CURRENCY})?)?(?P<number>{_NUMBER}){_MAGNITUDE}(?:元(?!素))?",
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
    rule(r"(\d+)[ ]?(?:的)?²", lambda m: f"{_cardinal(m[1])}的平方"),
    rule(r"(\d+)³", lambda m: f"{_cardinal(m[1])}的三次方"),
    rule(r"(\d+)\^(\d+)", lambda m: f"{_cardinal(m[1])}的{_cardinal(m[2])}次方"),
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
        lambda m: "点".join(_cardinal(part) for part in m.group().lstrip("vV").split(".")),
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
    rule(r"(?<!\d)(第)(\d+)(?=\D|$)", lambda m: f"{m[1]}{_cardinal(m[2])}"),
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
        *shared.address_rules(_ADDRESS, is_ascii=True),
        rule(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d|,\d)", lambda m: m.group().replace(",", "")),
        *_DATES[:6],
        *_PHONES,
        *_DATES[6:],
        *_TIMES,
        *_CODES,
        *_MONEY,
        rule(
            rf"(?<=\d)([%℃°C度天年月日号元万亿个点时分秒周岁级楼层页章条人次米克倍折]{{0,2}}) ?{_DASH} ?(?=\d)",
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
    for step in RULES:
        text.apply(step)
    if re.search(r"\d", text.text):
        _apply_grammar(text)
        text.apply(_REST)


_REST = rule(r"\d+(?:\.\d+)?", lambda m: _cardinal(m.group()), pads=False)


def _apply_grammar(text: AlignedText) -> None:
    """Rewrite numbers by WeText's grammar."""
    try:
        result = _load_grammar().normalize_with_mapping(text.text)
    except AssertionError:  # WeText can't parse the sentence
        return
    for mapping in reversed(result.mappings):
        if re.search(r"\d", mapping.input_text) and mapping.output_text:
            text.replace_span(mapping.input_start, mapping.input_end, mapping.output_text)


@cache
def _load_grammar() -> Any:  # noqa: ANN401 (the package is untyped)
    from wetext import Normalizer

    return Normalizer(lang="zh", operator="tn")
