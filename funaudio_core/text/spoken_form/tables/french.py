"""Words of French for its spoken forms."""

from __future__ import annotations

from funaudio_core.text.spoken_form import romance
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centime", "centimes")


MONTHS = tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split())


SHORT_MONTHS = {
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
        "by": "sur",
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
    months=MONTHS,
)


REGNAL = (
    "Louis|Henri|Charles|François|Napoléon|Philippe|Jean-Paul|Jean|Paul|Pie|Léon|Benoît|Élisabeth|Elizabeth|Elisabeth|George"
    "|Georges|Édouard|Guillaume|Frédéric|Catherine|Pierre|Alexandre|Nicolas|Richard|Albert|Léopold|Baudouin|Innocent|Grégoire"
)


WORDS = {
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


BEFORE_NAMES = {
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


BEFORE_NUMBERS = {
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
