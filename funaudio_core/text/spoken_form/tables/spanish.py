"""Words of Spanish for its spoken forms."""

from __future__ import annotations

from funaudio_core.text.spoken_form import romance
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("céntimo", "céntimos")


_CENTAVO = Noun("centavo", "centavos")


_DOLLAR = Noun("dólar", "dólares")


_PESO = Noun("peso", "pesos")


MONTHS = tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split())


SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(MONTHS)} | {"sept": 9}


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
        "by": "por",
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
    months=MONTHS,
)


REGNAL = (
    "Felipe|Carlos|Alfonso|Fernando|Juan Carlos|Juan Pablo|Juan|Pablo|Pío|León|Luis|Enrique|Isabel|Jorge|Eduardo|Benedicto"
    "|Napoleón|Pedro|Catalina|Alejandro|Nicolás|Guillermo|Federico|Francisco|Ramiro|Sancho|Jaime|María|Ricardo|Iván|Inocencio"
)


WORDS = {
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


BEFORE_NAMES = {
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


BEFORE_NUMBERS = {
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
