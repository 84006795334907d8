"""Hindi written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import contacts, numbers, romance, shared
from funaudio_core.text.spoken_form.aligned import rewriter, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun, alternatives


def _same(word: str) -> Noun:
    return Noun(word, word)


_MONTHS = tuple("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split())
_DEVANAGARI_DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
_UNITS = {
    "kg": "किलोग्राम",
    "g": "ग्राम",
    "mg": "मिलीग्राम",
    "km": "किलोमीटर",
    "m": "मीटर",
    "cm": "सेंटीमीटर",
    "mm": "मिलीमीटर",
    "l": "लीटर",
    "L": "लीटर",
    "ml": "मिलीलीटर",
    "mL": "मिलीलीटर",
    "km/h": "किलोमीटर प्रति घंटा",
    "kmph": "किलोमीटर प्रति घंटा",
    "m/s": "मीटर प्रति सेकंड",
    "°C": "डिग्री सेल्सियस",
    "℃": "डिग्री सेल्सियस",
    "°F": "डिग्री फ़ारेनहाइट",
    "°": "डिग्री",
    "m²": "वर्ग मीटर",
    "km²": "वर्ग किलोमीटर",
    "m³": "घन मीटर",
    "ha": "हेक्टेयर",
    "%": "प्रतिशत",
    "GB": "गीगाबाइट",
    "MB": "मेगाबाइट",
    "KB": "किलोबाइट",
    "TB": "टेराबाइट",
    "W": "वाट",
    "kW": "किलोवाट",
    "kWh": "किलोवाट घंटा",
    "V": "वोल्ट",
    "Hz": "हर्ट्ज़",
    "MHz": "मेगाहर्ट्ज़",
    "GHz": "गीगाहर्ट्ज़",
    "ms": "मिलीसेकंड",
    "min": "मिनट",
    "h": "घंटे",
    "s": "सेकंड",
    "sec": "सेकंड",
    "कि.मी.": "किलोमीटर",
    "किमी": "किलोमीटर",
    "कि.ग्रा.": "किलोग्राम",
    "किग्रा": "किलोग्राम",
    "सेमी": "सेंटीमीटर",
    "से.मी.": "सेंटीमीटर",
    "मी.": "मीटर",
    "ft": "फ़ुट",
    "mph": "मील प्रति घंटा",
    "lb": "पाउंड",
    "dB": "डेसिबल",
    "कि.मी": "किलोमीटर",
    "मि.ली.": "मिलीलीटर",
    "किमी/घंटा": "किलोमीटर प्रति घंटा",
}
_RUPEE = (Noun("रुपया", "रुपये"), Noun("पैसा", "पैसे"))
_DOLLAR = (_same("डॉलर"), _same("सेंट"))
LEXICON = Lexicon(
    language="hi",
    decimal_mark=".",
    words={
        "point": "दशमलव",
        "minus": "माइनस",
        "plus": "प्लस",
        "times": "गुणा",
        "by": "गुणा",
        "divided": "भाग",
        "equals": "बराबर",
        "not equal": "बराबर नहीं",
        "less": "से कम",
        "greater": "से ज़्यादा",
        "plus or minus": "प्लस या माइनस",
        "to": "से",
        "and": "और",
        "per": "प्रति",
        "number": "नंबर",
        "section": "धारा",
        "dot": "डॉट",
        "slash": "स्लैश",
        "at": "एट",
        "dash": "डैश",
        "underscore": "अंडरस्कोर",
        "about": "लगभग",
        "about equal": "लगभग",
        "and cents": "और",
        "version": "वर्शन",
        "hashtag": "हैशटैग",
        "at most": "से कम या बराबर",
        "at least": "से ज़्यादा या बराबर",
        "infinity": "अनंत",
        "pi": "पाई",
        "root": "वर्गमूल",
    },
    currencies={
        "₹": _RUPEE,
        "INR": _RUPEE,
        "Rs.": _RUPEE,
        "Rs": _RUPEE,
        "रु.": _RUPEE,
        "रू.": _RUPEE,
        "रु": _RUPEE,
        "$": _DOLLAR,
        "US$": _DOLLAR,
        "USD": _DOLLAR,
        "€": (_same("यूरो"), _same("सेंट")),
        "£": (_same("पाउंड"), _same("पेंस")),
        "¥": (_same("येन"), None),
    },
    units={symbol: _same(name) for symbol, name in _UNITS.items()},
    magnitudes={
        word: Noun(word, word, "x")
        for word in ("सौ", "हज़ार", "हजार", "लाख", "करोड़", "करोड", "अरब", "खरब", "मिलियन", "बिलियन")
    }
    | {
        "M": Noun("मिलियन", "मिलियन", "x"),
        "K": Noun("हज़ार", "हज़ार", "x"),
        "k": Noun("हज़ार", "हज़ार", "x"),
        "B": Noun("बिलियन", "बिलियन", "x"),
        "Cr": Noun("करोड़", "करोड़", "x"),
        "L": Noun("लाख", "लाख", "x"),
    },
    months=_MONTHS,
)


def _say_date(day: int, month: int, year: str) -> str:
    return f"{numbers.cardinal(day, 'hi')} {_MONTHS[month - 1]}" + (f" {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return None
    half = match["half"]
    lead = ""
    if half:
        lead = "सुबह " if half[0] in "aA" else "शाम " if 4 <= hour < 8 else "रात " if 8 <= hour < 12 else "दोपहर "
    tail = " बजे" if half else ""
    minutes = f" {numbers.cardinal(minute, 'hi')}" if minute else ""
    return f"{lead}{numbers.cardinal(hour, 'hi')}{minutes}{tail}"


_WORDS = {
    "डॉ.": "डॉक्टर",
    "डा.": "डॉक्टर",
    "प्रो.": "प्रोफ़ेसर",
    "नं.": "नंबर",
    "पृ.": "पृष्ठ",
    "ई.पू.": "ईसा पूर्व",
    "ई.": "ईस्वी",
    "उदा.": "उदाहरण",
    "Dr.": "डॉक्टर",
    "Mr.": "मिस्टर",
    "Mrs.": "मिसेज़",
    "No.": "नंबर",
    "№": "नंबर",
    "इत्या.": "इत्यादि",
    "मो.": "मोबाइल",
    "भा.ज.पा.": "भाजपा",
    "श्री.": "श्री",
    "सं.": "संख्या",
    "अ.": "अ",
}
_FRACTIONS = {(1, 2): "आधा", (1, 4): "एक चौथाई", (3, 4): "तीन चौथाई", (1, 3): "एक तिहाई", (2, 3): "दो तिहाई"}


_ORDINALS = {"1": "पहल", "2": "दूसर", "3": "तीसर", "4": "चौथ", "6": "छठ"}


def _say_fraction(match: re.Match[str]) -> str | None:
    whole, parts = match["whole"], (int(match["top"]), int(match["bottom"]))
    if parts == (24, 7):
        return "24 7"
    if whole and parts == (1, 2):
        return {"1": "डेढ़", "2": "ढाई"}.get(whole, f"साढ़े {whole}")
    if whole and parts == (1, 4):
        return f"सवा {whole}"
    if parts in _FRACTIONS:
        return f"{whole} और {_FRACTIONS[parts]}" if whole else _FRACTIONS[parts]
    return f"{match['top']} बटा {match['bottom']}"


def _say_year(match: re.Match[str]) -> str:
    return numbers.hindi_year(int(match.group()))


RULES = (
    *shared.subtraction_rules(LEXICON),
    *shared.compatible_characters(),
    rule("[०-९]+", lambda m: m.group().translate(_DEVANAGARI_DIGITS), pads=False),
    *contacts.address_rules(LEXICON),
    *romance.letter_rules(),
    *shared.dimension_rules(LEXICON),
    *romance.date_rules(LEXICON, _say_date, {"जन": 1, "फ़र": 2, "अग": 8, "सित": 9, "अक्टू": 10, "नव": 11, "दिस": 12})[1:3],
    rule(r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)", " से "),
    rule(
        r"(?<![\w:.,₹$])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?(?: ?(?P<half>[aApP]\.?[mM]\b\.?))?(?![\w:])",
        _say_time,
    ),
    rule(rf"(?<![\w.])(?:{alternatives(_WORDS)})", lambda m: _WORDS[m.group()]),
    *contacts.phone_rules(LEXICON, "फ़ोन|फोन|मोबाइल|नंबर|कॉल|टेलीफ़ोन|हेल्पलाइन|डायल"),
    *shared.money_rules(LEXICON),
    *shared.range_rules(LEXICON),
    *shared.minus_rules(LEXICON),
    *shared.unit_rules(LEXICON),
    rule(r"(?<![\w.,/-])(?:(?P<whole>\d+)[ -])?(?P<top>\d+)/(?P<bottom>\d+)(?![\w/]|[.,]\d)", _say_fraction),
    *romance.power_rules(LEXICON, "का वर्ग", "का घन", "की घात"),
    *romance.ratio_rules(LEXICON),
    rule(r"(?<![\w.,])1[1-9]\d\d(?= (?:में|के|की|का|ई|से|तक|को))", _say_year),
    rule(r"(?<=सन )1[1-9]\d\d\b|(?<=[ा-ौ्ीरचलतट] )1[89]\d\d(?=[।,]|$)", _say_year),
    rule(
        r"(?<![\d.,])([1-46])(?:ला|ली|ले|रा|री|रे|था|थी|थे|ठा|ठी)(?![\w\u0900-\u094f])",
        lambda m: _ORDINALS[m[1]] + m.group()[-1],
    ),
    *shared.sign_rules(LEXICON),
    *shared.number_rules(LEXICON),
    rule(r"(?<=[^\W\d_])/(?=[^\W\d_])", " "),
)
rewrite = rewriter(RULES)
