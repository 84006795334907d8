"""Japanese written forms and how they are spoken; numbers stay in digits, which Open JTalk reads with their counters."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.text.spoken_form import contacts, numbers, shared
from funaudio_core.text.spoken_form.aligned import Rule, rewriter, rule
from funaudio_core.text.spoken_form.lexicon import alternatives
from funaudio_core.text.spoken_form.tables import english as english_tables

_DIGITS = dict(zip("0123456789", "ゼロ イチ ニ サン ヨン ゴ ロク ナナ ハチ キュウ".split(), strict=True))
_CURRENCIES = {
    "¥": "円",
    "￥": "円",
    "JPY": "円",
    "$": "ドル",
    "US$": "ドル",
    "USD": "ドル",
    "€": "ユーロ",
    "EUR": "ユーロ",
    "£": "ポンド",
    "GBP": "ポンド",
    "₩": "ウォン",
    "KRW": "ウォン",
    "CNY": "元",
    "RMB": "元",
    "₹": "ルピー",
    "HK$": "香港ドル",
    "A$": "オーストラリアドル",
    "C$": "カナダドル",
    "R$": "レアル",
    "₽": "ルーブル",
    "฿": "バーツ",
    "CHF": "スイスフラン",
}
_UNITS = {
    "kg": "キログラム",
    "g": "グラム",
    "mg": "ミリグラム",
    "t": "トン",
    "km": "キロメートル",
    "m": "メートル",
    "cm": "センチメートル",
    "mm": "ミリメートル",
    "μm": "マイクロメートル",
    "nm": "ナノメートル",
    "L": "リットル",
    "l": "リットル",
    "ℓ": "リットル",
    "mL": "ミリリットル",
    "ml": "ミリリットル",
    "dL": "デシリットル",
    "m²": "平方メートル",
    "m2": "平方メートル",
    "㎡": "平方メートル",
    "km²": "平方キロメートル",
    "cm²": "平方センチメートル",
    "m³": "立方メートル",
    "m3": "立方メートル",
    "cm³": "立方センチメートル",
    "ha": "ヘクタール",
    "m/s": "メートル毎秒",
    "℃": "度",
    "°C": "度",
    "°": "度",
    "%": "パーセント",
    "％": "パーセント",
    "GB": "ギガバイト",
    "MB": "メガバイト",
    "KB": "キロバイト",
    "kB": "キロバイト",
    "TB": "テラバイト",
    "Hz": "ヘルツ",
    "kHz": "キロヘルツ",
    "MHz": "メガヘルツ",
    "GHz": "ギガヘルツ",
    "W": "ワット",
    "kW": "キロワット",
    "MW": "メガワット",
    "kWh": "キロワット時",
    "V": "ボルト",
    "mA": "ミリアンペア",
    "mAh": "ミリアンペアアワー",
    "kcal": "キロカロリー",
    "cal": "カロリー",
    "dB": "デシベル",
    "hPa": "ヘクトパスカル",
    "min": "分",
    "h": "時間",
    "s": "秒",
    "ms": "ミリ秒",
    "Mbps": "メガビーピーエス",
    "Gbps": "ギガビーピーエス",
    "px": "ピクセル",
    "in": "インチ",
    "ft": "フィート",
    "lb": "ポンド",
    "oz": "オンス",
    "mph": "マイル毎時",
    "‰": "パーミル",
}
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_DASH = "[-–—−~～〜]"
_MAX_HOUR = 29  # hours after midnight may be counted on from 24
_DIMENSIONS = {"2": "ツーディー", "3": "スリーディー", "4": "フォーディー"}


def _dial(number: str) -> str:
    """Return the digits of a telephone number in katakana, group by group."""
    return "、".join("".join(_DIGITS[digit] for digit in group) for group in re.findall(r"\d+", number))


def _say_date(year: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return (f"{year}年" if year else "") + f"{int(month)}月{int(day)}日"


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["hour"]), int(match["minute"]), match["second"]
    if minute > 59 or (hour > _MAX_HOUR and (second or hour > 99)):
        return None
    if hour > _MAX_HOUR:  # minutes and seconds
        return f"{hour}分" + (f"{minute}秒" if minute else "")
    return f"{hour}時" + (f"{minute}分" if minute or second else "") + (f"{int(second)}秒" if second else "")


def _say_money(match: re.Match[str]) -> str:
    sign = "マイナス" if match["sign"] else ""
    unit, number = _CURRENCIES[match["currency"]], match["number"].replace(",", "")
    low = match.groupdict().get("low")
    start = f"{low.replace(',', '')}から" if low else ""
    whole, _, fraction = number.partition(".")
    if unit in ("ドル", "ユーロ") and len(fraction) == 2 and not match["magnitude"]:
        cents = f"{int(fraction)}セント" if int(fraction) else ""
        return f"{sign}{start}{whole}{unit}{cents}" if int(whole) or not cents else f"{sign}{cents}"
    return f"{sign}{start}{number}{match['magnitude'] or ''}{unit}"


def _say_fraction(match: re.Match[str]) -> str | None:
    whole = f"{match['whole']}と" if match["whole"] else ""
    if (match["top"], match["bottom"]) == ("24", "7"):
        return "24時間365日"
    return f"{whole}{match['bottom']}分の{match['top']}"


def _say_slash(match: re.Match[str]) -> str | None:
    """Return a date for 12/25; a fraction is left alone."""
    date = _say_date("", match[1], match[2]) if int(match[2]) > 9 or match[3] else None
    return date and date + match[3]


def _say_range(match: re.Match[str]) -> str | None:
    before, after = match.string[: match.start()], match.string[match.end() :]
    if re.search(r"[A-Za-z]\d*$|\d-\d*$", before) or re.match(r"\d+-", after):
        return None
    if re.match(r"\d+(?:で|の)?(?:勝|負|敗|引き分け)", after):
        return "対"
    return f"{match[1]}から"


_DIAL_BEFORE = "電話番号|電話|TEL|Tel|携帯|FAX|暗証番号|郵便番号|番号|会員番号|コード|パスワード"
_CURRENCY, _UNIT = alternatives(_CURRENCIES), alternatives(_UNITS)
_SIGNS = {
    "×": "かける",
    "÷": "わる",
    "=": "イコール",
    "≠": "ノットイコール",
    "≈": "ニアリーイコール",
    "≥": "以上",
    "≤": "以下",
    "±": "プラスマイナス",
    "√": "ルート",
    "∞": "無限大",
    "&": "アンド",
    "→": "から",
}


def _narrow(match: re.Match[str]) -> str:
    narrow = unicodedata.normalize("NFKC", match.group())
    value = numbers.roman_value(narrow)
    return str(value) if value and narrow != match.group() and match.group()[0] not in "ＩＶＸＬＣＤＭ" else narrow


RULES: tuple[Rule, ...] = tuple(
    Rule(step.pattern, step.replace, pads=False)
    for step in (
        rule("[Ⅰ-Ⅻ]", _narrow),
        rule(r"(?<=\d) ?− ?(?=\d)", "ひく"),
        rule(r"(?<!\w)#(?=[^\s\d#])", "ハッシュタグ"),
        *shared.compatible_characters(unspaced=True),
        rule(
            "[０-９Ａ-Ｚａ-ｚ＄％＆＠＋＝]+|(?<=[\\d０-９])[．：／](?=[\\d０-９])|(?<=[０-９])，(?=[０-９]{3}(?![０-９]))|[－](?=[\\d０-９])|[Ⅰ-Ⅻ]+|[㌀-㍗㎀-㏟]",
            _narrow,
        ),
        rule("㈱|\\(株\\)|（株）", "株式会社"),
        *contacts.address_rules(english_tables.LEXICON, is_ascii=True),
        rule(r"(?<![\d,])\d{1,3}(?:,\d{3})+(?!\d|,\d)", lambda m: m.group().replace(",", "")),
        rule(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)", lambda m: _say_date(m[1], m[3], m[4])),
        rule(
            r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])(?=(?:に|から|まで|（|\()|(?:は|の|で|、|。|$))((?:に会|から|まで|（|\()?)",
            _say_slash,
        ),
        rule(r"〒 ?(\d{3}-\d{4})", lambda m: "郵便番号、" + _dial(m[1])),
        rule(
            r"(?<![\d.-])(?:\+81[- ]?)?0?\d{1,4}-\d{2,4}-\d{3,4}(?![\d-])",
            lambda m: ("プラス" if m.group()[0] == "+" else "") + _dial(m.group()),
        ),
        rule(r"(?<![\d.,])0\d{9,10}(?!\d)", lambda m: _dial(m.group())),
        rule(
            rf"((?:{_DIAL_BEFORE})(?:は|：|:| )*)(\d[\d-]{{2,14}}\d)(?![\d.:年月日個円人回])",
            lambda m: m[1] + _dial(m[2]),
        ),
        rule(r"(?<![\d.,])\d{11,}(?![\d.])", lambda m: _dial(m.group())),
        rule(r"(?<=\d:\d\d) ?[-–—~～〜] ?(?=\d{1,2}:\d\d)", "から"),
        rule(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\d:])", _say_time),
        rule(r"(?<![\d:])(\d+):(\d+)(?![\d:])", r"\1対\2"),
        rule(r"(?<=\d) ?対 ?(?=\d)", "タイ"),
        rule(r"(?<![A-Za-z\d.])([234])D(?![A-Za-z])", lambda m: _DIMENSIONS[m[1]]),
        rule(r"(?<![\d.])[vV]?\d+(?:\.\d+){2,}(?!\d)", lambda m: "点".join(m.group().lstrip("vV").split("."))),
        rule(r"(?<![A-Za-z])(?:No|NO)\.? ?(?=\d)|№ ?(?=\d)|#(?=\d)", "ナンバー"),
        rule(r"\bC\+\+", "C plus plus", re.ASCII),
        rule(r"\bC#", "C sharp", re.ASCII),
        rule(
            rf"(?P<sign>-)?(?<![A-Za-z])(?P<currency>{_CURRENCY}) ?(?:(?P<low>{_NUMBER}) ?{_DASH} ?(?:{_CURRENCY})?)?(?P<number>{_NUMBER})(?P<magnitude>[百千]?[万億兆]|千|百)?(?:円)?",
            _say_money,
        ),
        rule(
            rf"(?P<sign>(?<!\d)-)?(?P<number>{_NUMBER})(?P<magnitude>[万億兆])? ?(?P<currency>{_CURRENCY})(?![A-Za-z])",
            _say_money,
        ),
        rule(rf"(?<=\d)([%℃°C度日年月人円万億m時分秒号章歳階回]{{0,2}}) ?{_DASH} ?(?=\d)", _say_range),
        rule(rf"(?<![A-Za-z\d.])({_NUMBER}) ?(?:km/h|km/時|kmh)", r"時速\1キロメートル"),
        rule(rf"(?<![A-Za-z\d.])({_NUMBER}) ?(?:°F|℉)", r"華氏\1度"),
        rule(rf"(?<=時速)({_NUMBER}) ?km", r"\1キロメートル"),
        rule(rf"(?<![\d.])({_NUMBER}) ?({_UNIT})(?![A-Za-z²³])", lambda m: m[1] + _UNITS[m[2]]),
        rule(r"(?<![\d./])(?:(?P<whole>\d+) )?(?P<top>\d+)/(?P<bottom>\d+)(?![\d/])", _say_fraction),
        rule(r"(\d+)²", r"\1の2乗"),
        rule(r"(\d+)³", r"\1の3乗"),
        rule(r"(\d+)\^(\d+)", r"\1の\2乗"),
        rule(r"(?<![\d.A-Za-z])[-−](?=\d)", "マイナス"),
        rule(f" ?([{''.join(_SIGNS)}]) ?", lambda m: _SIGNS[m[1]]),
        rule(r"(?<=\d) ?\+ ?(?=\d)", "たす"),
        rule(r"(?<=\d) - (?=\d)", "ひく"),
        rule(r"(?<=\d)\+", "プラス"),
        rule(r"[~～〜](?=\d)", "約"),
        rule(r"(?<=[A-Za-z])-(?=\d)", " "),
    )
)
rewrite = rewriter(RULES)
