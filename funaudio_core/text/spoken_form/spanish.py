"""Spanish written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import AlignedText, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("céntimo", "céntimos")
_CENTAVO = Noun("centavo", "centavos")
_DOLLAR = Noun("dólar", "dólares")
_PESO = Noun("peso", "pesos")
_MONTHS = tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split())
_SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(_MONTHS)} | {"sept": 9}
_UNITS = """
kg = kilogramo
g = gramo
mg = miligramo
t = tonelada, toneladas, f
km = kilómetro
m = metro
cm = centímetro
mm = milímetro
l L = litro
ml mL = mililitro
cl = centilitro
dl = decilitro
ha = hectárea, hectáreas, f
m² m2 = metro cuadrado, metros cuadrados
km² km2 = kilómetro cuadrado, kilómetros cuadrados
cm² = centímetro cuadrado, centímetros cuadrados
m³ m3 = metro cúbico, metros cúbicos
cm³ = centímetro cúbico, centímetros cúbicos
°C ºC ℃ = grado Celsius, grados Celsius
°F ºF ℉ = grado Fahrenheit, grados Fahrenheit
° = grado
Hz = hercio
kHz = kilohercio
MHz = megahercio
GHz = gigahercio
W = vatio
kW = kilovatio
MW = megavatio
kWh = kilovatio hora, kilovatios hora
V = voltio
mA = miliamperio
mAh = miliamperio hora, miliamperios hora
kcal = kilocaloría, kilocalorías, f
cal = caloría, calorías, f
dB = decibelio
KB kB = kilobyte
MB = megabyte
GB = gigabyte
TB = terabyte
Mbps = megabit por segundo, megabits por segundo
Gbps = gigabit por segundo, gigabits por segundo
ms = milisegundo
s seg seg. = segundo
min min. = minuto
h hs hrs = hora, horas, f
lb lbs = libra, libras, f
oz = onza, onzas, f
mi = milla, millas, f
mph = milla por hora, millas por hora, f
ft = pie
px = píxel, píxeles
% = por ciento, por ciento
‰ = por mil, por mil
"""
_MILLION = Noun("millón", "millones")
LEXICON = Lexicon(
    language="es",
    decimal_mark=",",
    words={
        "point": "coma",
        "minus": "menos",
        "plus": "más",
        "times": "por",
        "divided": "entre",
        "equals": "igual a",
        "not equal": "distinto de",
        "less": "menor que",
        "greater": "mayor que",
        "at most": "menor o igual que",
        "at least": "mayor o igual que",
        "about equal": "aproximadamente",
        "plus or minus": "más menos",
        "to": "a",
        "and": "y",
        "per": "por",
        "number": "número",
        "section": "sección",
        "dot": "punto",
        "slash": "barra",
        "at": "arroba",
        "dash": "guion",
        "underscore": "guion bajo",
        "about": "unos",
        "and cents": "con",
        "of": "de",
        "version": "versión",
        "hashtag": "hashtag",
        "root": "raíz de",
        "infinity": "infinito",
        "pi": "pi",
    },
    currencies={
        "€": (Noun("euro", "euros"), _CENT),
        "EUR": (Noun("euro", "euros"), _CENT),
        "$": (_DOLLAR, _CENTAVO),
        "US$": (_DOLLAR, _CENTAVO),
        "USD": (_DOLLAR, _CENTAVO),
        "£": (Noun("libra", "libras", "f"), Noun("penique", "peniques")),
        "GBP": (Noun("libra", "libras", "f"), Noun("penique", "peniques")),
        "¥": (Noun("yen", "yenes"), None),
        "JPY": (Noun("yen", "yenes"), None),
        "₹": (Noun("rupia", "rupias", "f"), None),
        "R$": (Noun("real", "reales"), _CENTAVO),
        "MXN": (Noun("peso mexicano", "pesos mexicanos"), _CENTAVO),
        "MX$": (Noun("peso mexicano", "pesos mexicanos"), _CENTAVO),
        "ARS": (Noun("peso argentino", "pesos argentinos"), _CENTAVO),
        "COP": (Noun("peso colombiano", "pesos colombianos"), _CENTAVO),
        "CLP": (Noun("peso chileno", "pesos chilenos"), None),
        "CHF": (Noun("franco suizo", "francos suizos"), _CENT),
        "S/": (Noun("sol", "soles"), _CENT),
        "₩": (Noun("won", "wones"), None),
        "₽": (Noun("rublo", "rublos"), None),
        "¢": (_CENTAVO, None),
        "₱": (_PESO, _CENTAVO),
        "CNY": (Noun("yuan", "yuanes"), None),
        "Bs.": (Noun("bolívar", "bolívares"), None),
    },
    units=romance.build_units(_UNITS, "por hora", "por segundo"),
    magnitudes={
        "millón": _MILLION,
        "millones": _MILLION,
        "M": _MILLION,
        "MM": _MILLION,
        "mil": Noun("mil", "mil", "x"),
        "k": Noun("mil", "mil", "x"),
        "K": Noun("mil", "mil", "x"),
        "billones": Noun("billón", "billones"),
        "billón": Noun("billón", "billones"),
    },
    months=_MONTHS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primero" if day == 1 else numbers.cardinal(day, "es")
    return f"{first} de {_MONTHS[month - 1]}" + (f" de {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = numbers.cardinal(hour, "es", "f")
    if minute != "00":
        minute_words = (
            f"cero {numbers.cardinal(int(minute), 'es')}" if minute[0] == "0" else numbers.cardinal(int(minute), "es")
        )
        joint = " y " if minute[0] == "0" else " "
        clock += joint + (numbers.cardinal(int(minute), "es") if minute[0] == "0" else minute_words)
    if match["second"]:
        clock += f" y {numbers.cardinal(int(match['second']), 'es')} segundos"
    half = match["half"]
    if half:
        part = "de la mañana" if half[0] in "aA" else "de la tarde" if hour < 8 or hour == 12 else "de la noche"
        return f"{clock} {part}"
    return clock + (" horas" if match["unit"] else "")


_HALF = r"(?P<half>[aApP]\.? ?[mM]\b\.?)"
_TIMES = [
    rule(r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\dh) ?[-–] ?(?=\d{1,2} ?h)", " a "),
    rule(
        rf"(?<![\w:.,$])(?P<hour>\d{{1,2}})[:](?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?{_HALF}| ?(?P<unit>h(?:s|oras)?\b\.?))?(?![\w:])",
        _say_time,
    ),
    rule(rf"(?<![\w:.,$])(?P<hour>\d{{1,2}})(?P<minute>)(?P<second>)(?P<unit>) ?{_HALF}(?!\w)", _say_time),
    rule(
        r"(?<![\w:.,$])(?P<hour>\d{1,2}) ?h ?(?P<minute>\d\d)?(?P<second>)(?P<half>)(?P<unit>)\b(?! ?/)",
        lambda m: _say_time(m) if m["minute"] else None,
    ),
    rule(r"(?i)(?<=\blas )(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?P<second>)(?P<half>)(?P<unit>)(?![\w.])", _say_time),
    rule(r"(?i)(?<=\blas )(?:21|1)\b(?![.,:]\d)", lambda m: numbers.cardinal(int(m.group()), "es", "f")),
    rule(r"(?i)(?<=\bla )1\b(?![.,:]\d)", "una"),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    is_degree = re.search(r"(?i)\b(?:hace|hacen|a|temperatura|bajo|unos|de|hasta|menos|giro|ángulo de) $", before)
    if mark in "º°" and (is_degree or value > 40):
        return f"{numbers.cardinal(value, 'es', 'm')} grados" if value != 1 else "un grado"
    if mark == "°" and not re.search(r"(?i)\b(?:el|del|al|los|lo) $", before):
        return None
    gender = "f" if mark in "ªa" else "m"
    words = numbers.ordinal(value, "es", gender)
    is_short = mark == "er" or (
        mark in "º°"
        and re.match(r" (?:piso|lugar|puesto|premio|grado|día|año|capítulo|curso)", match.string[match.end() :])
    )
    return re.sub(r"(primer|tercer)o$", r"\1", words) if is_short else words


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "es")
    if kind == "queen":
        return numbers.ordinal(value, "es", "f") if value <= 10 else numbers.cardinal(value, "es")
    return numbers.ordinal(value, "es") if kind == "name" and value <= 10 else numbers.cardinal(value, "es")


_REGNAL = (
    "Felipe|Carlos|Alfonso|Fernando|Juan Carlos|Juan Pablo|Juan|Pablo|Pío|León|Luis|Enrique|Isabel|Jorge|Eduardo|Benedicto"
    "|Napoleón|Pedro|Catalina|Alejandro|Nicolás|Guillermo|Federico|Francisco|Ramiro|Sancho|Jaime|María|Ricardo|Iván|Inocencio"
)
_WORDS = {
    "etc.": "etcétera",
    "p. ej.": "por ejemplo",
    "p.ej.": "por ejemplo",
    "EE. UU.": "Estados Unidos",
    "EE.UU.": "Estados Unidos",
    "EE UU": "Estados Unidos",
    "EEUU": "Estados Unidos",
    "a. C.": "antes de Cristo",
    "a.C.": "antes de Cristo",
    "d. C.": "después de Cristo",
    "d.C.": "después de Cristo",
    "aprox.": "aproximadamente",
    "vs.": "versus",
    "vs": "versus",
    "Cía.": "compañía",
    "máx.": "máximo",
    "mín.": "mínimo",
    "tel.": "teléfono",
    "Tel.": "Teléfono",
    "tfno.": "teléfono",
    "Ud.": "usted",
    "Uds.": "ustedes",
    "Vd.": "usted",
    "Vds.": "ustedes",
    "avda.": "avenida",
    "Avda.": "Avenida",
    "Av.": "Avenida",
    "C/": "calle",
    "S.A.": "S A",
    "S.L.": "S L",
    "JJ. OO.": "Juegos Olímpicos",
    "JJ.OO.": "Juegos Olímpicos",
    "dpto.": "departamento",
    "Dpto.": "Departamento",
    "izq.": "izquierda",
    "dcha.": "derecha",
    "C.P.": "código postal",
    "Sr.": "señor",
    "Sra.": "señora",
    "Srta.": "señorita",
    "Sres.": "señores",
    "Gral.": "General",
    "Admón.": "Administración",
    "q.e.p.d.": "que en paz descanse",
    "RR. HH.": "recursos humanos",
    "FF. AA.": "Fuerzas Armadas",
    "Edo.": "Estado",
    "c/u": "cada uno",
    "N.B.": "nota bene",
    "Ma.": "María",
    "Dª": "doña",
    "D.ª": "doña",
    "Mª": "María",
}
_BEFORE_NAMES = {
    "Sr": "señor",
    "Sra": "señora",
    "Srta": "señorita",
    "D.": "don",
    "Dña.": "doña",
    "Dr.": "doctor",
    "Dra.": "doctora",
    "Dr": "doctor",
    "Dra": "doctora",
    "Prof.": "profesor",
    "Profa.": "profesora",
    "Ing.": "ingeniero",
    "Lic.": "licenciado",
    "Arq.": "arquitecto",
    "Sto.": "Santo",
    "Sta.": "Santa",
    "Cap.": "capitán",
    "Gob.": "gobernador",
    "Pdte.": "presidente",
    "Mons.": "monseñor",
    "Hno.": "hermano",
    "Hna.": "hermana",
    "Fdo.": "firmado",
    "Pza.": "plaza",
    "Pl.": "plaza",
    "S.": "San",
}
_BEFORE_NUMBERS = {
    "n.º": "número",
    "nº": "número",
    "Nº": "número",
    "N.º": "número",
    "n°": "número",
    "N°": "número",
    "núm.": "número",
    "Núm.": "número",
    "No.": "número",
    "№": "número",
    "pág.": "página",
    "págs.": "páginas",
    "p.": "página",
    "pp.": "páginas",
    "cap.": "capítulo",
    "art.": "artículo",
    "Art.": "artículo",
    "vol.": "volumen",
    "fig.": "figura",
    "Fig.": "figura",
    "tel.": "teléfono",
    "s.": "siglo",
    "ss.": "siglos",
    "§": "sección",
    "km.": "kilómetro",
    "#": "número",
}
_FRACTIONS = {2: ("medio", "medios"), 3: ("tercio", "tercios"), 4: ("cuarto", "cuartos")} | {
    n: (numbers.ordinal(n, "es"), numbers.ordinal(n, "es") + "s") for n in range(5, 11)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:de )?(\w+)", after)
    if not following:
        return "un medio"
    return "media" if following[1].endswith(("a", "as", "ción", "sión", "tad")) else "medio"


RULES = romance.assemble(
    LEXICON,
    r"tel[eé]fono|tel|llam[ae]\w*|m[oó]vil|celular|marc[ae]\w*|fax|whatsapp",
    (
        *romance.date_rules(LEXICON, _say_date, _SHORT_MONTHS),
        rule(
            r"(?<![\w.,])1 de (?=(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre))",
            "primero de ",
        ),
        *_TIMES,
        *romance.abbreviation_rules(_WORDS, _BEFORE_NAMES, _BEFORE_NUMBERS),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>er)\b", _say_ordinal),
        *romance.roman_rules(
            "siglos?|cap[ií]tulos?|tomo|volumen|parte|acto|escena|libro|fase|guerra mundial|título|artículo|tipo|nivel|sección|anexo",
            "Congreso|Cumbre|Edición|edición|Olimpiada|Festival|Jornadas|Juegos|aniversario|Concurso",
            _REGNAL,
            _say_roman,
        ),
        rule(r"(?<![\w.,])(?:años? )?['’](\d0)s?\b", lambda m: numbers.cardinal(int(m[1]), "es")),
        rule(r"(?i)(?<=\baños )(\d0)s?\b", lambda m: numbers.cardinal(int(m[1]), "es")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "y medio"),
        *romance.power_rules(LEXICON, "al cuadrado", "al cubo", "elevado a"),
    ),
)


def rewrite(text: AlignedText) -> None:
    """Rewrite a text as it is spoken."""
    for step in RULES:
        text.apply(step)
