"""Portuguese (Brazilian) written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import AlignedText, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centavo", "centavos")
_EURO_CENT = Noun("cêntimo", "cêntimos")
_MONTHS = tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split())
_SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(_MONTHS)}
_UNITS = """
kg = quilograma
g = grama
mg = miligrama
t = tonelada, toneladas, f
km = quilômetro
m = metro
cm = centímetro
mm = milímetro
l L = litro
ml mL = mililitro
cl = centilitro
dl = decilitro
ha = hectare
m² m2 = metro quadrado, metros quadrados
km² km2 = quilômetro quadrado, quilômetros quadrados
cm² = centímetro quadrado, centímetros quadrados
m³ m3 = metro cúbico, metros cúbicos
cm³ = centímetro cúbico, centímetros cúbicos
°C ºC ℃ = grau Celsius, graus Celsius
°F ºF ℉ = grau Fahrenheit, graus Fahrenheit
° = grau
Hz = hertz, hertz
kHz = quilohertz, quilohertz
MHz = megahertz, megahertz
GHz = gigahertz, gigahertz
W = watt
kW = quilowatt
MW = megawatt
kWh = quilowatt-hora, quilowatts-hora
V = volt
mA = miliampère
mAh = miliampère-hora, miliampères-hora
kcal = quilocaloria, quilocalorias, f
cal = caloria, calorias, f
dB = decibel, decibéis
KB kB = kilobyte
MB = megabyte
GB = gigabyte
TB = terabyte
Mbps = megabit por segundo, megabits por segundo
Gbps = gigabit por segundo, gigabits por segundo
ms = milissegundo
s seg = segundo
min min. = minuto
h hs = hora, horas, f
px = pixel, pixels
% = por cento, por cento
‰ = por mil, por mil
"""
_MILLION, _BILLION = Noun("milhão", "milhões"), Noun("bilhão", "bilhões")
_REAL, _DOLLAR, _POUND = Noun("real", "reais"), Noun("dólar", "dólares"), Noun("libra", "libras", "f")
LEXICON = Lexicon(
    language="pt",
    decimal_mark=",",
    words={
        "point": "vírgula",
        "minus": "menos",
        "plus": "mais",
        "times": "vezes",
        "divided": "dividido por",
        "equals": "igual a",
        "not equal": "diferente de",
        "less": "menor que",
        "greater": "maior que",
        "at most": "menor ou igual a",
        "at least": "maior ou igual a",
        "about equal": "aproximadamente",
        "plus or minus": "mais ou menos",
        "to": "a",
        "and": "e",
        "per": "por",
        "number": "número",
        "section": "seção",
        "dot": "ponto",
        "slash": "barra",
        "at": "arroba",
        "dash": "hífen",
        "underscore": "sublinhado",
        "about": "cerca de",
        "and cents": "e",
        "of": "de",
        "version": "versão",
        "hashtag": "hashtag",
        "root": "raiz de",
        "infinity": "infinito",
        "pi": "pi",
    },
    currencies={
        "R$": (_REAL, _CENT),
        "BRL": (_REAL, _CENT),
        "€": (Noun("euro", "euros"), _EURO_CENT),
        "EUR": (Noun("euro", "euros"), _EURO_CENT),
        "$": (_DOLLAR, _CENT),
        "US$": (_DOLLAR, _CENT),
        "USD": (_DOLLAR, _CENT),
        "U$": (_DOLLAR, _CENT),
        "£": (_POUND, Noun("pêni", "pence")),
        "GBP": (_POUND, Noun("pêni", "pence")),
        "¥": (Noun("iene", "ienes"), None),
        "JPY": (Noun("iene", "ienes"), None),
        "₹": (Noun("rupia", "rupias", "f"), None),
        "CHF": (Noun("franco suíço", "francos suíços"), None),
        "Kz": (Noun("kwanza", "kwanzas"), None),
        "₽": (Noun("rublo", "rublos"), None),
        "₩": (Noun("won", "wons"), None),
        "CNY": (Noun("yuan", "yuans"), None),
    },
    units=romance.build_units(_UNITS, "por hora", "por segundo"),
    magnitudes={
        "milhão": _MILLION,
        "milhões": _MILLION,
        "mi": _MILLION,
        "M": _MILLION,
        "bilhão": _BILLION,
        "bilhões": _BILLION,
        "bi": _BILLION,
        "mil": Noun("mil", "mil", "x"),
        "k": Noun("mil", "mil", "x"),
        "K": Noun("mil", "mil", "x"),
        "trilhões": Noun("trilhão", "trilhões"),
        "trilhão": Noun("trilhão", "trilhões"),
        "tri": Noun("trilhão", "trilhões"),
    },
    months=_MONTHS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primeiro" if day == 1 else numbers.cardinal(day, "pt")
    return f"{first} de {_MONTHS[month - 1]}" + (f" de {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = numbers.cardinal(hour, "pt", "f")
    if "h" in match.group():
        clock += " hora" if hour == 1 else " horas"
    if minute != "00":
        clock += f" e {numbers.cardinal(int(minute), 'pt')}"
    if match["second"]:
        clock += f" e {numbers.cardinal(int(match['second']), 'pt')} segundos"
    return clock


_TIMES = [
    rule(
        r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\dh) ?[-–] ?(?=\d{1,2} ?h)|(?<=\dh\d\d) ?[-–] ?(?=\d{1,2}h)",
        " às ",
    ),
    rule(r"(?<![\w:.,$])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?h\b)?(?![\w:])", _say_time),
    rule(r"(?<![\w:.,$])(?P<hour>\d{1,2}) ?[hH](?P<minute>[0-5]\d)?(?P<second>)(?:min)?(?!\w|/)", _say_time),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    if mark in "º°" and (re.search(r"(?i)\b(?:faz|fazem|a|de|temperatura|menos|até|uns) $", before) or value > 40):
        return f"{numbers.cardinal(value, 'pt', 'm')} grau{'' if value == 1 else 's'}"
    if mark == "°" and not re.search(r"(?i)\b(?:o|do|no|ao|os) $", before):
        return None
    return numbers.ordinal(value, "pt", "f" if mark in "ªa" else "m")


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "pt")
    if kind == "queen":
        return numbers.ordinal(value, "pt", "f") if value <= 10 else numbers.cardinal(value, "pt")
    return numbers.ordinal(value, "pt") if kind == "name" and value <= 10 else numbers.cardinal(value, "pt")


_REGNAL = (
    "Pedro|João|João Paulo|Paulo|Pio|Leão|Luís|Henrique|Carlos|Filipe|Afonso|Manuel|José|Maria|Elizabeth|Isabel|Jorge|Eduardo|Bento"
    "|Napoleão|Catarina|Alexandre|Nicolau|Guilherme|Frederico|Francisco|Ricardo|Sancho|Dinis|Fernando|Inocêncio|Gregório"
)
_WORDS = {
    "etc.": "et cétera",
    "p. ex.": "por exemplo",
    "p.ex.": "por exemplo",
    "ex.:": "exemplo:",
    "a.C.": "antes de Cristo",
    "a. C.": "antes de Cristo",
    "d.C.": "depois de Cristo",
    "d. C.": "depois de Cristo",
    "séc.": "século",
    "Séc.": "Século",
    "sécs.": "séculos",
    "tel.": "telefone",
    "Tel.": "Telefone",
    "aprox.": "aproximadamente",
    "vs.": "versus",
    "vs": "versus",
    "Ltda.": "limitada",
    "Cia.": "companhia",
    "S.A.": "S A",
    "S/A": "S A",
    "máx.": "máximo",
    "mín.": "mínimo",
    "Av.": "Avenida",
    "av.": "avenida",
    "pág.": "página",
    "V. Exa.": "Vossa Excelência",
    "V.Exa.": "Vossa Excelência",
    "obs.:": "observação:",
    "Obs.:": "Observação:",
    "Sr.": "senhor",
    "Sra.": "senhora",
    "Srta.": "senhorita",
    "Srs.": "senhores",
    "apto.": "apartamento",
    "Exmo.": "Excelentíssimo",
    "Exma.": "Excelentíssima",
    "depto.": "departamento",
    "vc": "você",
    "c/": "com",
    "s/": "sem",
    "EUA": "E U A",
    "N.B.": "nota bene",
}
_BEFORE_NAMES = {
    "Sr": "senhor",
    "Sra": "senhora",
    "Dr.": "doutor",
    "Dra.": "doutora",
    "Dr": "doutor",
    "Dra": "doutora",
    "Prof.": "professor",
    "Profa.": "professora",
    "Prof.ª": "professora",
    "D.": "Dom",
    "Eng.": "engenheiro",
    "Sto.": "Santo",
    "Sta.": "Santa",
    "S.": "São",
    "R.": "Rua",
    "Gen.": "general",
    "Cap.": "capitão",
    "Pe.": "padre",
    "Gov.": "governador",
    "Pres.": "presidente",
    "Dep.": "deputado",
    "Cel.": "coronel",
    "Pça.": "praça",
    "Sen.": "senador",
}
_BEFORE_NUMBERS = {
    "nº": "número",
    "n.º": "número",
    "Nº": "número",
    "N.º": "número",
    "n°": "número",
    "N°": "número",
    "núm.": "número",
    "№": "número",
    "No.": "número",
    "pág.": "página",
    "págs.": "páginas",
    "p.": "página",
    "pp.": "páginas",
    "cap.": "capítulo",
    "art.": "artigo",
    "Art.": "artigo",
    "vol.": "volume",
    "fig.": "figura",
    "Fig.": "figura",
    "séc.": "século",
    "§": "parágrafo",
    "#": "número",
}
_FRACTIONS = {2: ("meio", "meios"), 3: ("terço", "terços")} | {
    n: (numbers.ordinal(n, "pt"), numbers.ordinal(n, "pt") + "s") for n in range(4, 11)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:de )?(\w+)", after)
    if not following:
        return "um meio"
    return "meia" if following[1].endswith(("a", "ção", "dade")) else "meio"


RULES = romance.assemble(
    LEXICON,
    r"telefone|tel|lig\w*|celular|disque|fax|whatsapp|zap",
    (
        *romance.date_rules(LEXICON, _say_date, _SHORT_MONTHS),
        rule(rf"(?<![\w.,])1[º°]? de (?=(?:{'|'.join(_MONTHS)})\b)", "primeiro de "),
        *_TIMES,
        rule(r"(?<![\w.,])(\d) ?x ?(\d)(?![\w.,]\w)", r"\1 a \2"),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})(?P<mark>a)(?= \w)(?!\w)", _say_ordinal),
        *romance.abbreviation_rules(_WORDS, _BEFORE_NAMES, _BEFORE_NUMBERS),
        *romance.roman_rules(
            "séculos?|capítulo|tomo|volume|parte|ato|cena|livro|fase|guerra mundial|título|artigo|tipo|nível|seção|anexo",
            "Congresso|Cúpula|edição|Olimpíada|Festival|Jornada",
            _REGNAL,
            _say_roman,
        ),
        rule(r"(?i)(?<=anos )['’]?(\d0)\b", lambda m: numbers.cardinal(int(m[1]), "pt")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "e meio"),
        *romance.power_rules(LEXICON, "ao quadrado", "ao cubo", "elevado a"),
    ),
)


def rewrite(text: AlignedText) -> None:
    """Rewrite a text as it is spoken."""
    for step in RULES:
        text.apply(step)
