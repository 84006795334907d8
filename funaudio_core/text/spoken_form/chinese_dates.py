"""Mandarin numbers, dates and clock times."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form.aligned import rule

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


_DIAL_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


_MAX_CARDINAL_DIGITS = 12  # longer numbers are read digit by digit


DASH = "[-–—−~～〜]"


def digits(number: str) -> str:
    """Return each digit as a character."""
    return number.translate(_DIGITS)


def dial(number: str) -> str:
    """Return the digits of a telephone or room number."""
    return re.sub(r"\D", "", number).translate(_DIAL_DIGITS)


def cardinal(number: str) -> str:
    """Return a number, which may have a fraction and commas, in Chinese characters."""
    import cn2an

    whole, _, fraction = number.replace(",", "").partition(".")
    if len(whole) > _MAX_CARDINAL_DIGITS or (len(whole) > 1 and whole[0] == "0"):
        return digits(whole) + (f"点{digits(fraction)}" if fraction else "")
    words = str(cn2an.an2cn(int(whole)))
    words = re.sub(r"^一十", "十", words)
    words = re.sub(r"^二(?=[千万亿])", "两", words)
    words = re.sub(r"(?<=[万亿])二(?=千)", "两", words)
    return words + (f"点{digits(fraction)}" if fraction else "")


def _say_date(year: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and (not day or 1 <= int(day) <= 31)):
        return None
    return f"{digits(year)}年{cardinal(str(int(month)))}月" + (f"{cardinal(str(int(day)))}日" if day else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    before = match.string[: match.start()]
    if int(minute) > 59 or re.search(r"(?:比分?|比例|比率|以|[胜负赢输])(?:是|为)?$", before):
        return None
    if second and re.search(_DURATION_BEFORE, before):
        return f"{_count_hours(hour)}{_minutes(minute)}分{_minutes(second)}秒"
    if hour > 24:  # minutes and seconds
        return None if second or hour > 99 else f"{cardinal(str(hour))}分{_minutes(minute)}秒"
    words = "两点" if hour == 2 else f"{cardinal(str(hour))}点"
    if minute != "00" or second:
        words += _minutes(minute) + "分"
    if second:
        words += _minutes(second) + "秒"
    return words


def _count_hours(hours: int) -> str:
    return f"{'两' if hours == 2 else cardinal(str(hours))}小时"


def _minutes(minute: str) -> str:
    return f"零{digits(minute[1])}" if minute[0] == "0" and minute[1] != "0" else cardinal(str(int(minute)))


_DURATION_BEFORE = r"(?:成绩|用时|耗时|时长|历时|全长|纪录|记录)(?:[是为了：:]|达到)?$"
DATES = [
    rule(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)日?", lambda m: _say_date(m[1], m[3], m[4])),
    rule(
        r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)",
        lambda m: _say_date(m[3], m[1], m[2]) or _say_date(m[3], m[2], m[1]),
    ),
    rule(r"(?<![\d.])((?:1\d|20)\d\d)-(0?[1-9]|1[0-2])(?![\d-])(?=[，。月的]|$)", lambda m: _say_date(m[1], m[2], "")),
    rule(r"(?<![\d.])(\d{4})(?=[-–—~～至到]\d{4}年)", lambda m: digits(m[1])),
    rule(r"(?<![\d.])(\d{4})(?=年(?!代?前|来|间))", lambda m: digits(m[1])),
    rule(rf"(?<=[零一二三四五六七八九年月日号]){DASH}(?=[\d零一二三四五六七八九])", "到"),
    rule(r"(?<![\d.])([5-9]\d|0\d)(?=年(?:出生|生|毕业|的|春|夏|秋|冬|初|底|[，。]))", lambda m: digits(m[1])),
    rule(
        r"(?<=公元前)\d+(?=年)|(?<![\d.])\d\d(?=年(?:春节|元旦|国庆|中秋|高考|奥运|世界杯|\d{1,2}月))",
        lambda m: digits(m.group()),
    ),
    rule(r"(?<![\d.])(\d{1,2})月(\d{1,2})(?=[日号])", lambda m: f"{cardinal(m[1])}月{cardinal(m[2])}"),
    rule(r"(?<![\d.])(\d{1,2})(?=[-–—~～至到]\d{1,2}[日号月])", lambda m: cardinal(m[1])),
    rule(r"(?<![\d.])(\d{1,2})(?=月(?!饼)|[日号](?!码))", lambda m: cardinal(m[1])),
    rule(rf"(?<=[零一二三四五六七八九十]){DASH}(?=[零一二三四五六七八九十]+[日号])", "到"),
    rule(r"(?<![\d.])(\d0|0\d)(?=后)(?!后[来面续天年])", lambda m: digits(m[1])),
    rule(
        r"(?<![\d.])(?:985|211|996|007|618|315)(?=大学|高校|院校|工作|制|大促|晚会|工程)", lambda m: digits(m.group())
    ),
]


TIMES = [
    rule(r"(?<=\d:\d\d) ?[-–—~～〜] ?(?=\d{1,2}:\d\d)", "到"),
    rule(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:])", _say_time),
    rule(r"(?<![\d.:])2(?=点(?![\d一二三四五六七八九零])|点(?:钟|半|整|多|\d{1,2}分))", "两"),
    rule(r"(?<![\d:])(\d+):(\d+)(?![\d:])", lambda m: f"{cardinal(m[1])}比{cardinal(m[2])}"),
]
