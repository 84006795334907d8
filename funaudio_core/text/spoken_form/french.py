"""French written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import AlignedText, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centime", "centimes")
_MONTHS = tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split())
_SHORT_MONTHS = {
    "janv": 1,
    "jan": 1,
    "févr": 2,
    "fév": 2,
    "avr": 4,
    "juil": 7,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "déc": 12,
}
_UNITS = """
kg = kilogramme
g = gramme
mg = milligramme
t = tonne, tonnes, f
km = kilomètre
m = mètre
cm = centimètre
mm = millimètre
l L = litre
ml mL = millilitre
cl cL = centilitre
dl = décilitre
ha = hectare
m² m2 = mètre carré, mètres carrés
km² km2 = kilomètre carré, kilomètres carrés
cm² = centimètre carré, centimètres carrés
m³ m3 = mètre cube, mètres cubes
cm³ = centimètre cube, centimètres cubes
°C ºC ℃ = degré Celsius, degrés Celsius
°F ºF ℉ = degré Fahrenheit, degrés Fahrenheit
° º = degré
Hz = hertz, hertz
kHz = kilohertz, kilohertz
MHz = mégahertz, mégahertz
GHz = gigahertz, gigahertz
W = watt
kW = kilowatt
MW = mégawatt
kWh = kilowattheure
V = volt
mA = milliampère
mAh = milliampère-heure, milliampères-heures
kcal = kilocalorie, kilocalories, f
cal = calorie, calories, f
dB = décibel
ko Ko = kilooctet
Mo = mégaoctet
Go = gigaoctet
To = téraoctet
KB kB = kilobyte
MB = mégabyte
GB = gigabyte
TB = térabyte
Mbps Mbit/s Mb/s = mégabit par seconde, mégabits par seconde
Gbps Gbit/s Gb/s = gigabit par seconde, gigabits par seconde
ms = milliseconde, millisecondes, f
s sec = seconde, secondes, f
min mn = minute, minutes, f
h = heure, heures, f
px = pixel
% = pour cent, pour cent
‰ = pour mille, pour mille
"""
_MILLION, _BILLION = Noun("million", "millions"), Noun("milliard", "milliards")
_DOLLAR, _POUND = Noun("dollar", "dollars"), Noun("livre", "livres", "f")
LEXICON = Lexicon(
    language="fr",
    decimal_mark=",",
    words={
        "point": "virgule",
        "minus": "moins",
        "plus": "plus",
        "times": "fois",
        "divided": "divisé par",
        "equals": "égale",
        "not equal": "différent de",
        "less": "inférieur à",
        "greater": "supérieur à",
        "at most": "inférieur ou égal à",
        "at least": "supérieur ou égal à",
        "about equal": "environ",
        "plus or minus": "plus ou moins",
        "to": "à",
        "and": "et",
        "per": "par",
        "number": "numéro",
        "section": "section",
        "dot": "point",
        "slash": "slash",
        "at": "arobase",
        "dash": "tiret",
        "underscore": "tiret bas",
        "about": "environ",
        "and cents": "",
        "of": "de",
        "version": "version",
        "hashtag": "hashtag",
        "root": "racine de",
        "infinity": "infini",
        "pi": "pi",
    },
    currencies={
        "€": (Noun("euro", "euros"), _CENT),
        "EUR": (Noun("euro", "euros"), _CENT),
        "$": (_DOLLAR, Noun("cent", "cents")),
        "US$": (_DOLLAR, _CENT),
        "USD": (_DOLLAR, _CENT),
        "$US": (_DOLLAR, _CENT),
        "£": (_POUND, Noun("penny", "pence")),
        "GBP": (_POUND, Noun("penny", "pence")),
        "¥": (Noun("yen", "yens"), None),
        "JPY": (Noun("yen", "yens"), None),
        "₹": (Noun("roupie", "roupies", "f"), None),
        "CHF": (Noun("franc suisse", "francs suisses"), _CENT),
        "FF": (Noun("franc", "francs"), _CENT),
        "FCFA": (Noun("franc C F A", "francs C F A"), None),
        "R$": (Noun("réal", "réaux"), None),
        "$CA": (Noun("dollar canadien", "dollars canadiens"), None),
        "CAD": (Noun("dollar canadien", "dollars canadiens"), None),
        "₩": (Noun("won", "wons"), None),
        "₽": (Noun("rouble", "roubles"), None),
        "CNY": (Noun("yuan", "yuans"), None),
    },
    units=romance.build_units(_UNITS, "par heure", "par seconde"),
    magnitudes={
        "million": _MILLION,
        "millions": _MILLION,
        "M": _MILLION,
        "milliard": _BILLION,
        "milliards": _BILLION,
        "Mds": _BILLION,
        "Md": _BILLION,
        "mille": Noun("mille", "mille", "x"),
        "k": Noun("mille", "mille", "x"),
        "K": Noun("mille", "mille", "x"),
    },
    months=_MONTHS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "premier" if day == 1 else numbers.cardinal(day, "fr")
    return f"{first} {_MONTHS[month - 1]}" + (f" {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = f"{numbers.cardinal(hour, 'fr', 'f')} heure{'s' if hour > 1 else ''}"
    if minute != "00":
        clock += f" {numbers.cardinal(int(minute), 'fr', 'f' if match['second'] else '')}"
    if match["second"]:
        clock += f" minutes et {numbers.cardinal(int(match['second']), 'fr', 'f')} secondes"
    return clock


_TIMES = [
    rule(r"\b24 ?h(?:eures)?(?:/| sur )24\b", "vingt-quatre heures sur vingt-quatre"),
    rule(r"\b7 ?j(?:ours)?(?:/| sur )7\b", "sept jours sur sept"),
    rule(
        r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\d ?h) ?[-–] ?(?=\d{1,2} ?h)|(?<=\dh\d\d) ?[-–] ?(?=\d{1,2} ?h)|(?<=\dh) ?[-–] ?(?=\d{1,2}h)".replace(
            r"(?<=\d ?h) ?[-–] ?(?=\d{1,2} ?h)|", ""
        ),
        " à ",
    ),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?h\b)?(?![\w:])", _say_time),
    rule(
        r"(?<![\w:.,€])(?P<hour>\d{1,2})[ \u00a0\u202f]?[hH][ \u00a0\u202f]?(?P<minute>[0-5]\d)?(?P<second>)(?:[ \u00a0]?min)?(?!\w|/)",
        _say_time,
    ),
]


def _say_ordinal(match: re.Match[str]) -> str:
    value, mark = int(match["n"]), match["mark"]
    if value == 1:
        return "première" if mark in ("re", "ère", "ere", "ʳᵉ") else "premier"
    if value == 2 and mark in ("nd", "nde", "d", "de"):
        return "second" if mark in ("nd", "d") else "seconde"
    plural = "s" if mark.endswith("s") else ""
    return numbers.ordinal(value, "fr") + plural


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "fr")
    return "premier" if kind == "name" and value == 1 else numbers.cardinal(value, "fr")


_REGNAL = (
    "Louis|Henri|Charles|François|Napoléon|Philippe|Jean-Paul|Jean|Paul|Pie|Léon|Benoît|Élisabeth|Elizabeth|Elisabeth|George"
    "|Georges|Édouard|Guillaume|Frédéric|Catherine|Pierre|Alexandre|Nicolas|Richard|Albert|Léopold|Baudouin|Innocent|Grégoire"
)
_WORDS = {
    "etc.": "et cetera",
    "p. ex.": "par exemple",
    "p.ex.": "par exemple",
    "c.-à-d.": "c'est-à-dire",
    "c-à-d": "c'est-à-dire",
    "càd": "c'est-à-dire",
    "av. J.-C.": "avant Jésus-Christ",
    "av. JC": "avant Jésus-Christ",
    "apr. J.-C.": "après Jésus-Christ",
    "ap. J.-C.": "après Jésus-Christ",
    "tél.": "téléphone",
    "Tél.": "Téléphone",
    "env.": "environ",
    "cf.": "confer",
    "vs": "versus",
    "vs.": "versus",
    "RDV": "rendez-vous",
    "rdv": "rendez-vous",
    "svp": "s'il vous plaît",
    "SVP": "s'il vous plaît",
    "bd": "boulevard",
    "Bd": "Boulevard",
    "Bld": "Boulevard",
    "max.": "maximum",
    "min.": "minimum",
    "St-": "Saint-",
    "Ste-": "Sainte-",
    "M.": "M",
    "Mme": "Madame",
    "Mmes": "Mesdames",
    "Mlle": "Mademoiselle",
    "Mlles": "Mesdemoiselles",
    "Mr": "Monsieur",
    "Cie": "compagnie",
    "dép.": "département",
    "éd.": "édition",
    "J.-C.": "Jésus-Christ",
    "ex.": "exemple",
    "qqn": "quelqu'un",
    "qqch": "quelque chose",
    "bcp": "beaucoup",
    "tjs": "toujours",
    "pb": "problème",
    "N.B.": "nota bene",
    "&": "et",
}
del _WORDS["M."]
_BEFORE_NAMES = {
    "M.": "Monsieur",
    "MM.": "Messieurs",
    "Mr.": "Monsieur",
    "Mme.": "Madame",
    "Dr": "docteur",
    "Dr.": "docteur",
    "Pr": "professeur",
    "Pr.": "professeur",
    "Me": "maître",
    "St": "Saint",
    "St.": "Saint",
    "Ste": "Sainte",
    "Ste.": "Sainte",
    "Gal": "général",
    "Cdt": "commandant",
    "Mgr": "monseigneur",
    "av.": "avenue",
    "Av.": "avenue",
    "pl.": "place",
}
_BEFORE_NUMBERS = {
    "n°": "numéro",
    "N°": "numéro",
    "nº": "numéro",
    "Nº": "numéro",
    "no": "numéro",
    "n°s": "numéros",
    "№": "numéro",
    "p.": "page",
    "pp.": "pages",
    "chap.": "chapitre",
    "art.": "article",
    "vol.": "volume",
    "fig.": "figure",
    "Fig.": "figure",
    "t.": "tome",
    "§": "paragraphe",
    "éd.": "édition",
    "#": "numéro",
    "No.": "numéro",
    "no.": "numéro",
    "nᵒ": "numéro",
}
_FRACTIONS = {2: ("demi", "demis"), 3: ("tiers", "tiers"), 4: ("quart", "quarts")}
_SUFFIX = r"(?P<mark>ers?|ères?|eres?|res?|nde?s?|i?[èe]mes?|ᵉʳ|ʳᵉ|ᵉ|es?)"


def _say_decade(match: re.Match[str]) -> str:
    return numbers.cardinal(int(match[1]), "fr")


def _say_roman_suffix(match: re.Match[str]) -> str | None:
    value = numbers.roman_value(match["roman"])
    if not value or (match["roman"] in ("C", "D", "L", "M") and match["mark"] in ("e", "es")):
        return None
    if value == 1:
        return "première" if match["mark"] in ("re", "ère") else "premier"
    return numbers.ordinal(value, "fr")


def _say_half(after: str) -> str:
    return "une demi" if romance.guess_noun_gender("fr")(after, 1) == "f" else "un demi"


RULES = romance.assemble(
    LEXICON,
    r"t[ée]l[ée]phone|t[ée]l|appel\w*|portable|num[ée]ro|fax|composez",
    (
        *romance.date_rules(LEXICON, _say_date, _SHORT_MONTHS),
        *_TIMES,
        rule(
            rf"(?<![\w.,])(?P<n>\d{{1,4}}) ?{_SUFFIX}(?![\w'’])",
            lambda m: _say_ordinal(m) if " " not in m.group() else None,
        ),
        rule(
            r"(?<![\w])(?P<roman>[IVXLC]+)(?P<mark>er|ers|re|ère|ème|èmes|eme|es?|ᵉʳ|ᵉ)(?!\w)",
            _say_roman_suffix,
        ),
        *romance.abbreviation_rules(_WORDS, _BEFORE_NAMES, _BEFORE_NUMBERS),
        *romance.roman_rules(
            "chapitre|tome|volume|partie|acte|scène|livre|phase|guerre mondiale|titre|article|type|niveau|section|annexe",
            "",
            _REGNAL,
            _say_roman,
        ),
        rule(r"(?i)(?<=années )['’]?(\d0)s?\b", _say_decade),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "et demi"),
        *romance.power_rules(LEXICON, "au carré", "au cube", "puissance"),
    ),
    phone_groups=2,
)


def rewrite(text: AlignedText) -> None:
    """Rewrite a text as it is spoken."""
    for step in RULES:
        text.apply(step)
