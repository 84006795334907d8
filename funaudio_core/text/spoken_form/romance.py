"""Rules that Spanish, French, Italian and Portuguese share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from funaudio_core.text.spoken_form import contacts, numbers, shared
from funaudio_core.text.spoken_form.aligned import Rule, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun, alternatives

_MAX_HOUR = 24
SayDate = Callable[[int, int, str], str]


def build_units(names: str, hour: str, second: str) -> dict[str, Noun]:
    """Return the units of a language.

    Args:
        names: Lines of symbols separated by spaces, then "=", singular, plural (the singular with "s" if left out), and
            "f" for feminine nouns, separated by commas.
        hour: "per hour", behind a unit of length.
        second: "per second".
    """
    units: dict[str, Noun] = {}
    for line in names.strip().splitlines():
        symbols, _, words = line.partition("=")
        one, *rest = (word.strip() for word in words.split(","))
        gender = "f" if rest[-1:] == ["f"] else "m"
        plurals = [word for word in rest if word != "f"]
        noun = Noun(one, plurals[0] if plurals else one + "s", gender)
        units.update(dict.fromkeys(symbols.split(), noun))
    for symbol, base, suffix in (("km/h", "km", hour), ("m/s", "m", second)):
        units[symbol] = Noun(f"{units[base].one} {suffix}", f"{units[base].many} {suffix}")
    for symbol in ("kmh", "km/hr", "kph"):
        units[symbol] = units["km/h"]
    return units


_FUNCTION_WORDS = frozenset(
    "de del y e o u a al en por para con que se es son la el los las lo un una no si como más menos"  # Spanish
    " et ou à au aux en dans par pour avec qui est sont le les des du sur plus moins pas"  # French
    " di del della ed il gli i le da dal in nel per con che è sono su più meno non"  # Italian
    " do da dos das ou os as em no na nos nas com é são não mais menos".split()  # Portuguese
)
_MASCULINE_IN_A = frozenset(
    "día dia problema programa sistema tema mapa planeta idioma clima poema drama grama quilograma telegrama".split()
)
_FEMININE = frozenset(
    "vez noche tarde parte clase ley mujer flor calle llave mano foto moto vezes noites partes mulheres"
    " página pagina page personne heure minute seconde fois femme fille voiture maison année semaine journée tonne place pomme"
    " table chaise rue ville photo lettre carte chanson nuit main école équipe famille image bouteille tasse cuillère cuiller".split()
)
_FEMININE_ENDINGS = {
    "es": ("a", "ión", "ione", "dad", "dade", "tud"),
    "pt": ("a", "ção", "çõe", "dade", "gem", "gen"),
    "it": ("a", "zione", "zioni", "tà"),
    "fr": ("tion", "sion", "té", "ette", "ée", "ance", "ence", "ure", "ade", "ie", "ine", "elle"),
}


def guess_noun_gender(language: str) -> Callable[[str, int], str]:
    """Return a function from the text behind a number, and the number, to the gender of the noun there, "" if none."""

    def guess(after: str, number: int) -> str:
        following = re.match(r" ([a-zà-ÿ]+)", after)
        if following is None or following[1] in _FUNCTION_WORDS:
            return ""
        noun = following[1]
        if number != 1 and language in ("es", "pt", "fr") and not noun.endswith(("s", "x")):
            return ""
        singular = noun.removesuffix("s")
        if singular in _MASCULINE_IN_A:
            return "m"
        is_feminine = {noun, singular, singular.removesuffix("e")} & _FEMININE or singular.endswith(
            _FEMININE_ENDINGS[language]
        )
        return "f" if is_feminine else "m"

    return guess


def date_rules(lexicon: Lexicon, say_date: SayDate, short_months: dict[str, int]) -> list[Rule]:
    """Return rules for dates in digits, with the day first or in ISO 8601."""

    def say(day: int, month: int, year: str) -> str | None:
        return say_date(day, month, year) if 1 <= day <= 31 and 1 <= month <= 12 else None

    months = alternatives(short_months)
    return [
        rule(
            r"(?i)\b(el|le|il|dia|día|em|del|dal|al|au|du|até|hasta|ao|no dia) (\d{1,2})/(\d{1,2})(?![/\d]|[.,]\d)",
            lambda m: f"{m[1]} {date}" if (date := say(int(m[2]), int(m[3]), "")) else None,
        ),
        rule(
            r"(?<![\w.,/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-])",
            lambda m: say(int(m[4]), int(m[3]), say_year(m[1], lexicon)),
        ),
        rule(
            r"(?<![\w.,/-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|\.\d)",
            lambda m: say(int(m[1]), int(m[3]), say_year(m[4], lexicon)),
        ),
        rule(
            rf"(?<![\w.,])(\d{{1,2}}) (?:({months})\b\.?)(?= \d{{4}}| de|[,.;]|$| [a-z])",
            lambda m: say(int(m[1]), short_months[m[2]], ""),
        ),
    ]


def say_year(year: str, lexicon: Lexicon) -> str:
    """Return a year in words."""
    if lexicon.language == "hi":
        return numbers.hindi_year(int(year))
    return numbers.integer(year, lexicon.language)


_QUEENS = frozenset(
    "Isabel Catalina María Elisabetta Caterina Maria Catarina Élisabeth Elizabeth Elisabeth Catherine Cristina Juana".split()
)


def roman_rules(before: str, behind: str, regnal: str, say: Callable[[int, str], str]) -> list[Rule]:
    """Return rules for Roman numerals.

    Args:
        before: Pattern of nouns before a numeral, such as "capítulo".
        behind: Pattern of nouns behind an ordinal, such as "secolo"; "" if there are none.
        regnal: Pattern of names of rulers.
        say: Returns a numeral in words; its second argument is "name", "queen", "noun" or "ordinal".
    """

    def read(kind: str) -> Callable[[re.Match[str]], str | None]:
        def replace(match: re.Match[str]) -> str | None:
            value = numbers.roman_value(match["roman"])
            lead = match.groupdict().get("lead") or ""
            is_feminine = kind == "name" and lead.strip() in _QUEENS
            return lead + say(value, "queen" if is_feminine else kind) if value else None

        return replace

    rules = [
        rule(rf"(?i:(?P<lead>\b(?:{before}) ))(?P<roman>[IVXLC]+)\b(?!['’.]\w)", read("noun")),
        rule(rf"(?P<lead>\b(?:{regnal}) )(?P<roman>[IVXL]{{2,}}|[VXI](?!['’.]))\b", read("name")),
        rule(
            r"(?P<lead>\b[A-ZÀ-Þ][\w'’-]+ )(?P<roman>II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI)\b(?!['’.]\w)",
            read("name"),
        ),
    ]
    if behind:
        rules.insert(0, rule(rf"\b(?P<roman>[IVXLC]+)(?= (?:{behind}))", read("ordinal")))
    return rules


def abbreviation_rules(
    lexicon: Lexicon, words: dict[str, str], before_names: dict[str, str], before_numbers: dict[str, str]
) -> list[Rule]:
    """Return rules for abbreviations: anywhere, before capitalized words, and before numbers."""
    words, before_numbers = _with_capitals(words), _with_capitals(before_numbers)
    full = (name for short, name in words.items() if short[0].isupper())  # those are replaced first
    titles = alternatives([*before_names, *full])
    return [
        rule(
            rf"(?<![\w.])({alternatives(before_numbers)})[ \u00a0]?(?=\d|[IVXLC]+\b)",
            lambda m: f"{before_numbers[m[1]]} ",
        ),
        rule(rf"(?<![\w.])(?:{alternatives(words)})(?!\w)", shared.unless_unit(lexicon, words)),
        rule(
            rf"(?<![\w.])({alternatives(before_names)})[ \u00a0]?(?=[A-ZÀ-Þ]|(?:et|y|ed?) (?:{titles})(?!\w))",
            lambda m: f"{before_names[m[1]]} ",
        ),
        rule(r"\b(?:[A-Z]\.){2,}(?!\w)", lambda m: " ".join(m.group().replace(".", ""))),
        rule(r"\b((?:[A-Z]\. ?)+)(?=[A-Z][a-z])", lambda m: re.sub(r"\. ?", " ", m[1])),
    ]


def _with_capitals(words: dict[str, str]) -> dict[str, str]:
    return {
        short[0].upper() + short[1:]: full for short, full in words.items() if len(short) > 2 and short.endswith(".")
    } | words


def fraction_rules(
    lexicon: Lexicon, nouns: dict[int, tuple[str, str]], half: Callable[[str], str], whole_half: str
) -> list[Rule]:
    """Return rules for fractions.

    Args:
        lexicon: The language.
        nouns: Names of the parts by denominator, singular and plural; others are ordinals.
        half: Returns the word for 1/2, given the text behind it.
        whole_half: Behind a whole number: "y medio".
    """
    language = lexicon.language
    guess = guess_noun_gender(language)

    def say(match: re.Match[str]) -> str | None:
        whole, top, bottom = match["whole"], int(match["top"]), int(match["bottom"])
        if bottom < 2 or (bottom > 20 and bottom != 100) or top > 20:
            return f"{numbers.integer(match['top'], language)} {numbers.integer(match['bottom'], language)}"
        after = match.string[match.end() :]
        if (top, bottom) == (1, 2):
            if not whole:
                return half(after)
            gender = guess(after, int(whole))
            ending = re.sub("o$", "a", whole_half) if gender == "f" else whole_half
            return f"{numbers.integer(whole, language, gender)} {ending}"
        if (top, bottom) == (24, 7):
            return f"{numbers.cardinal(24, language)} {numbers.cardinal(7, language)}"
        one, many = nouns.get(bottom) or (numbers.ordinal(bottom, language), numbers.ordinal(bottom, language) + "s")
        words = f"{numbers.cardinal(top, language, 'm')} {one if top == 1 else many}"
        return f"{numbers.integer(whole, language)} {lexicon.words['and']} {words}" if whole else words

    return [
        rule(r"(?<![\w.,/-])24/7(?![\w/])", f"{numbers.cardinal(24, language)} {numbers.cardinal(7, language)}"),
        rule(r"(?<![\w.,/-])(?:(?P<whole>\d+)[ -])?(?P<top>\d+)/(?P<bottom>\d+)(?![\w/]|[.,]\d)", say),
    ]


def power_rules(lexicon: Lexicon, squared: str, cubed: str, to_the_power: str) -> list[Rule]:
    """Return rules for superscripts and "^"."""

    def say(match: re.Match[str]) -> str:
        exponent = (
            (match["up"] or match["caret"]).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")).strip("{}()")
        )
        if exponent == "2":
            return f"{match['base']} {squared}"
        if exponent == "3":
            return f"{match['base']} {cubed}"
        sign = f"{lexicon.words['minus']} " if exponent.startswith("-") else ""
        digits = exponent.lstrip("+-")
        return f"{match['base']} {to_the_power} {sign}{numbers.integer(digits, lexicon.language) if digits.isdigit() else digits}"

    return [
        rule(r"(?P<base>\d+|(?<!\w)[a-zA-Z]|\))(?:(?P<up>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\^(?P<caret>\{?\(?[-+]?\w+\)?\}?))", say),
    ]


def ratio_rules(lexicon: Lexicon) -> list[Rule]:
    """Return a rule for scores and ratios such as 2:1, and for minutes and seconds beyond the hours of a day, 42:15."""
    language = lexicon.language

    def say(match: re.Match[str]) -> str:
        first, second = match[1], match[2]
        if int(first) <= _MAX_HOUR or len(first) > 2 or len(second) != 2 or int(second) > 59:
            return f"{numbers.integer(first, language)} {lexicon.words['to']} {numbers.integer(second, language)}"
        minutes = lexicon.say_counted(first, lexicon.units["min"])
        if second == "00":
            return minutes
        return f"{minutes} {lexicon.words['and']} {lexicon.say_counted(str(int(second)), lexicon.units['s'])}"

    return [rule(r"(?<![\w.:,])(\d{1,3}):(\d{1,3})(?![\w:])", say)]


def letter_rules() -> list[Rule]:
    """Return rules for programming languages and for letters that follow digits."""
    return [
        rule(r"\bC\+\+", "C plus plus"),
        rule(r"\b([CF])#", r"\1 sharp"),
        rule(
            r"\b(CO|H|O|N|SO|NO)([2-4₂-₄])(O?)\b",
            lambda m: " ".join([*m[1], unicodedata.normalize("NFKC", m[2]), *m[3]]),
        ),
        rule(r"\b([A-Z]{2})[ -]?(\d{3,4})\b(?![.,]\d)", lambda m: " ".join([*m[1], *m[2]])),
    ]


def assemble(
    lexicon: Lexicon, phone_context: str, specific: Iterable[Rule], last: Iterable[Rule] = (), phone_groups: int = 0
) -> tuple[Rule, ...]:
    """Return all rules of a language in order.

    Args:
        lexicon: The language.
        phone_context: Pattern of the words before a telephone number.
        specific: Its own rules for dates, times, abbreviations, ordinals and Roman numerals.
        last: Its own rules behind money and units, such as those of fractions.
        phone_groups: 2 if the digits of a telephone number are read in pairs.
    """
    return (
        *shared.subtraction_rules(lexicon),
        *shared.compatible_characters(),
        *contacts.address_rules(lexicon),
        *letter_rules(),
        *shared.dimension_rules(lexicon),
        *specific,
        *contacts.phone_rules(lexicon, phone_context, phone_groups),
        *shared.money_rules(lexicon),
        *shared.range_rules(lexicon),
        *shared.minus_rules(lexicon),
        *shared.unit_rules(lexicon),
        *last,
        *ratio_rules(lexicon),
        *shared.sign_rules(lexicon),
        *shared.number_rules(lexicon, guess_noun_gender(lexicon.language)),
        *shared.letter_rules(),
    )
