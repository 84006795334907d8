"""Italian written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import AlignedText, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centesimo", "centesimi")
_MONTHS = tuple("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split())
_SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(_MONTHS)} | {"sett": 9}
_UNITS = """
kg = chilogrammo, chilogrammi
g gr = grammo, grammi
mg = milligrammo, milligrammi
t = tonnellata, tonnellate, f
hg = etto, etti
km = chilometro, chilometri
m = metro, metri
cm = centimetro, centimetri
mm = millimetro, millimetri
l L = litro, litri
ml mL = millilitro, millilitri
cl = centilitro, centilitri
dl = decilitro, decilitri
ha = ettaro, ettari
m² m2 mq = metro quadrato, metri quadrati
km² km2 = chilometro quadrato, chilometri quadrati
cm² = centimetro quadrato, centimetri quadrati
m³ m3 mc = metro cubo, metri cubi
cm³ = centimetro cubo, centimetri cubi
°C ºC ℃ = grado Celsius, gradi Celsius
°F ºF ℉ = grado Fahrenheit, gradi Fahrenheit
° = grado, gradi
Hz = hertz, hertz
kHz = chilohertz, chilohertz
MHz = megahertz, megahertz
GHz = gigahertz, gigahertz
W = watt, watt
kW = chilowatt, chilowatt
MW = megawatt, megawatt
kWh = chilowattora, chilowattora
V = volt, volt
mA = milliampere, milliampere
mAh = milliampere ora, milliampere ora
kcal = chilocaloria, chilocalorie, f
cal = caloria, calorie, f
dB = decibel, decibel
KB kB = kilobyte, kilobyte
MB = megabyte, megabyte
GB = gigabyte, gigabyte
TB = terabyte, terabyte
Mbps Mbit/s = megabit al secondo, megabit al secondo
Gbps = gigabit al secondo, gigabit al secondo
ms = millisecondo, millisecondi
s sec = secondo, secondi
min min. = minuto, minuti
h = ora, ore, f
px = pixel, pixel
% = per cento, per cento
‰ = per mille, per mille
"""
_MILLION, _BILLION = Noun("milione", "milioni"), Noun("miliardo", "miliardi")
_EURO, _DOLLAR = Noun("euro", "euro"), Noun("dollaro", "dollari")
_POUND = Noun("sterlina", "sterline", "f")
LEXICON = Lexicon(
    language="it",
    decimal_mark=",",
    words={
        "point": "virgola",
        "minus": "meno",
        "plus": "più",
        "times": "per",
        "divided": "diviso",
        "equals": "uguale a",
        "not equal": "diverso da",
        "less": "minore di",
        "greater": "maggiore di",
        "at most": "minore o uguale a",
        "at least": "maggiore o uguale a",
        "about equal": "circa",
        "plus or minus": "più o meno",
        "to": "a",
        "and": "e",
        "per": "per",
        "number": "numero",
        "section": "sezione",
        "dot": "punto",
        "slash": "barra",
        "at": "chiocciola",
        "dash": "trattino",
        "underscore": "trattino basso",
        "about": "circa",
        "and cents": "e",
        "of": "di",
        "version": "versione",
        "hashtag": "hashtag",
        "root": "radice di",
        "infinity": "infinito",
        "pi": "pi greco",
    },
    currencies={
        "€": (_EURO, _CENT),
        "EUR": (_EURO, _CENT),
        "$": (_DOLLAR, _CENT),
        "US$": (_DOLLAR, _CENT),
        "USD": (_DOLLAR, _CENT),
        "£": (_POUND, Noun("penny", "pence")),
        "GBP": (_POUND, Noun("penny", "pence")),
        "¥": (Noun("yen", "yen"), None),
        "JPY": (Noun("yen", "yen"), None),
        "₹": (Noun("rupia", "rupie", "f"), None),
        "CHF": (Noun("franco svizzero", "franchi svizzeri"), _CENT),
        "R$": (Noun("real", "real"), None),
        "₽": (Noun("rublo", "rubli"), None),
        "₩": (Noun("won", "won"), None),
        "CNY": (Noun("yuan", "yuan"), None),
    },
    units=romance.build_units(_UNITS, "all'ora", "al secondo"),
    magnitudes={
        "milione": _MILLION,
        "milioni": _MILLION,
        "mln": _MILLION,
        "M": _MILLION,
        "miliardo": _BILLION,
        "miliardi": _BILLION,
        "mld": _BILLION,
        "mila": Noun("mila", "mila", "x"),
        "k": Noun("mila", "mila", "x"),
        "K": Noun("mila", "mila", "x"),
    },
    months=_MONTHS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primo" if day == 1 else numbers.cardinal(day, "it")
    return f"{first} {_MONTHS[month - 1]}" + (f" {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = "una" if hour == 1 else numbers.cardinal(hour, "it")
    if minute != "00":
        clock += f" e {numbers.cardinal(int(minute), 'it')}"
    if match["second"]:
        clock += f" e {numbers.cardinal(int(match['second']), 'it')} secondi"
    return clock


_TIMES = [
    rule(r"(?<=\d[:.]\d\d) ?[-–—~] ?(?=\d{1,2}[:.]\d\d)", " a "),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\w:])", _say_time),
    rule(r"(?i)(?<=\balle )(?P<hour>\d{1,2})[.,](?P<minute>[0-5]\d)(?P<second>)(?![\w.])", _say_time),
    rule(r"(?i)(?<=\bore )(?P<hour>\d{1,2})[.,](?P<minute>[0-5]\d)(?P<second>)(?![\w.])", _say_time),
    rule(r"(?i)(?<=\ble )(?P<hour>\d{1,2})[.,](?P<minute>[0-5]\d)(?P<second>)(?![\w.])", _say_time),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2})h(?P<minute>[0-5]\d)(?P<second>)(?!\w)", _say_time),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    if mark in "º°" and (
        re.search(r"(?i)\b(?:sono|fanno|a|di|circa|oltre|sotto|ci sono|meno|fino a) $", before) or value > 40
    ):
        return f"{numbers.cardinal(value, 'it', 'm')} grad{'o' if value == 1 else 'i'}"
    if (
        mark == "°"
        and not re.match(r" (?!all)[a-z]", match.string[match.end() :])
        and not re.search(r"(?i)(?:\b(?:il|lo|al|del|nel|dal|i|gli)|l['’]) ?$", before)
    ):
        return None
    return numbers.ordinal(value, "it", "f" if mark in "ªa" else "m")


def _say_roman(value: int, kind: str) -> str:
    if kind == "noun" and value > 20:
        return numbers.cardinal(value, "it")
    return numbers.ordinal(value, "it", "f" if kind == "queen" else "m")


def _say_noun_roman(value: int, kind: str) -> str:
    return numbers.cardinal(value, "it") if kind == "noun" else _say_roman(value, kind)


_REGNAL = (
    "Luigi|Enrico|Carlo|Vittorio Emanuele|Emanuele|Umberto|Giovanni|Giovanni Paolo|Paolo|Pio|Leone|Benedetto|Elisabetta|Giorgio"
    "|Edoardo|Napoleone|Federico|Filippo|Pietro|Alessandro|Nicola|Guglielmo|Francesco|Caterina|Riccardo|Innocenzo|Gregorio|Sisto|Giulio"
    "|Papa \\w+"
)
_WORDS = {
    "ecc.": "eccetera",
    "mln": "milioni",
    "mld": "miliardi",
    "etc.": "eccetera",
    "ad es.": "ad esempio",
    "Ad es.": "Ad esempio",
    "p.es.": "per esempio",
    "p. es.": "per esempio",
    "per es.": "per esempio",
    "a.C.": "avanti Cristo",
    "a. C.": "avanti Cristo",
    "d.C.": "dopo Cristo",
    "d. C.": "dopo Cristo",
    "tel.": "telefono",
    "Tel.": "Telefono",
    "ca.": "circa",
    "vs.": "versus",
    "vs": "versus",
    "S.p.A.": "S P A",
    "S.r.l.": "S R L",
    "c.a.": "circa",
    "cfr.": "confronta",
    "Cfr.": "Confronta",
    "min.": "minimo",
    "max.": "massimo",
    "gent.mo": "gentilissimo",
    "Sig.ra": "signora",
    "sig.ra": "signora",
    "Sig.na": "signorina",
    "sig.na": "signorina",
    "Sigg.": "signori",
    "Dott.ssa": "dottoressa",
    "dott.ssa": "dottoressa",
    "Prof.ssa": "professoressa",
    "prof.ssa": "professoressa",
    "Dr.ssa": "dottoressa",
    "cell.": "cellulare",
    "Egr.": "Egregio",
    "Spett.": "Spettabile",
    "c/o": "presso",
    "c.so": "corso",
    "C.so": "Corso",
    "P.za": "Piazza",
    "P.zza": "Piazza",
    "&": "e",
    "Sig.": "signor",
    "Dott.": "dottor",
    "N.B.": "nota bene",
    "Avv.": "avvocato",
}
_BEFORE_NAMES = {
    "Sig": "signor",
    "sig.": "signor",
    "dott.": "dottor",
    "Dr.": "dottor",
    "dr.": "dottor",
    "Prof.": "professor",
    "prof.": "professor",
    "Ing.": "ingegner",
    "ing.": "ingegner",
    "avv.": "avvocato",
    "Arch.": "architetto",
    "arch.": "architetto",
    "Geom.": "geometra",
    "On.": "onorevole",
    "on.": "onorevole",
    "S.": "San",
    "Gen.": "generale",
    "Mons.": "monsignor",
    "Rag.": "ragionier",
    "V.le": "viale",
    "Cav.": "cavalier",
    "Col.": "colonnello",
}
_BEFORE_NUMBERS = {
    "n.": "numero",
    "N.": "numero",
    "n°": "numero",
    "N°": "numero",
    "nº": "numero",
    "nn.": "numeri",
    "№": "numero",
    "pag.": "pagina",
    "Pag.": "pagina",
    "pagg.": "pagine",
    "p.": "pagina",
    "pp.": "pagine",
    "cap.": "capitolo",
    "art.": "articolo",
    "Art.": "articolo",
    "vol.": "volume",
    "fig.": "figura",
    "Fig.": "figura",
    "sec.": "secolo",
    "§": "paragrafo",
    "#": "numero",
    "No.": "numero",
}
_FRACTIONS = {2: ("mezzo", "mezzi")} | {
    n: (numbers.ordinal(n, "it"), numbers.ordinal(n, "it")[:-1] + "i") for n in range(3, 21)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:di )?(\w+)", after)
    if not following:
        return "un mezzo"
    return "mezza" if following[1].endswith("a") else "mezzo"


RULES = romance.assemble(
    LEXICON,
    r"telefono|tel|cell|chiam\w*|cellulare|fax|compon\w*",
    (
        *romance.date_rules(LEXICON, _say_date, _SHORT_MONTHS),
        rule(rf"(?<![\w.,])1[°º]? (?=(?:{'|'.join(_MONTHS)})\b)", "primo "),
        *_TIMES,
        rule(r"(?<![\w.,])(?P<n>\d{1,3})(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        *romance.roman_rules(
            "secolo|sec\\.|papa",
            "secolo|secoli|sec\\.|edizione|congresso|olimpiade|capitolo|legislatura|municipio|secc\\.",
            _REGNAL,
            _say_roman,
        ),
        *romance.roman_rules(
            "capitolo|tomo|volume|parte|atto|scena|libro|fase|guerra mondiale|titolo|articolo|tipo|livello|sezione|allegato",
            "",
            _REGNAL,
            _say_noun_roman,
        )[:1],
        *romance.abbreviation_rules(_WORDS, _BEFORE_NAMES, _BEFORE_NUMBERS),
        rule(r"(?i)(?<=anni )['’]?(\d0)\b", lambda m: numbers.cardinal(int(m[1]), "it")),
        rule(r"(?<!\w)['’](\d\d0?)\b", lambda m: numbers.cardinal(int(m[1]), "it")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "e mezzo"),
        *romance.power_rules(LEXICON, "al quadrato", "al cubo", "alla"),
    ),
)


def rewrite(text: AlignedText) -> None:
    """Rewrite a text as it is spoken."""
    for step in RULES:
        text.apply(step)
