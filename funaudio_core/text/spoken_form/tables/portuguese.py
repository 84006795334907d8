"""Words of Portuguese for its spoken forms."""

from __future__ import annotations

from funaudio_core.text.spoken_form import romance
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun

_CENT = Noun("centavo", "centavos")


_EURO_CENT = Noun("cêntimo", "cêntimos")


MONTHS = tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split())


SHORT_MONTHS = {month[:3]: i + 1 for i, month in enumerate(MONTHS)}


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
        "by": "por",
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
    months=MONTHS,
)


REGNAL = (
    "Pedro|João|João Paulo|Paulo|Pio|Leão|Luís|Henrique|Carlos|Filipe|Afonso|Manuel|José|Maria|Elizabeth|Isabel|Jorge|Eduardo|Bento"
    "|Napoleão|Catarina|Alexandre|Nicolau|Guilherme|Frederico|Francisco|Ricardo|Sancho|Dinis|Fernando|Inocêncio|Gregório"
)


WORDS = {
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


BEFORE_NAMES = {
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


BEFORE_NUMBERS = {
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
