"""Words of Italian for its spoken forms."""

from __future__ import annotations

from funaudio_core.text.spoken_form import romance
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centesimo", "centesimi")


MONTHS = tuple("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split())


SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(MONTHS)} | {"sett": 9}


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


_POUND = Noun("sterlina", "sterline", "f")


_MILLION, _BILLION = Noun("milione", "milioni"), Noun("miliardo", "miliardi")
_EURO, _DOLLAR = Noun("euro", "euro"), Noun("dollaro", "dollari")
LEXICON = Lexicon(
    language="it",
    decimal_mark=",",
    words={
        "point": "virgola",
        "minus": "meno",
        "plus": "più",
        "times": "per",
        "by": "per",
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
    months=MONTHS,
)


REGNAL = (
    "Luigi|Enrico|Carlo|Vittorio Emanuele|Emanuele|Umberto|Giovanni|Giovanni Paolo|Paolo|Pio|Leone|Benedetto|Elisabetta|Giorgio"
    "|Edoardo|Napoleone|Federico|Filippo|Pietro|Alessandro|Nicola|Guglielmo|Francesco|Caterina|Riccardo|Innocenzo|Gregorio|Sisto|Giulio"
    "|Papa \\w+"
)


WORDS = {
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


BEFORE_NAMES = {
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


BEFORE_NUMBERS = {
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
