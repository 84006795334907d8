"""Table of languages: names, scripts and sample sentences; the code that a tag or a name means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from funaudio_core.errors import BadInput
from funaudio_core.message import Message


@dataclass(frozen=True, slots=True)
class Language:
    """Language of the table.

    Attributes:
        code: ISO 639 code.
        name: English name.
        native: Name in the language itself.
        chinese: Name in Chinese.
        spaced: Whether its script separates words by spaces; decides between WER and CER.
        sample: Sample sentence.
    """

    code: str
    name: str
    native: str
    chinese: str
    spaced: bool
    sample: str


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English", "English", "英语", True, "The train leaves at nine, so let us have breakfast first."),
        Language("zh", "Chinese", "中文", "中文", False, "今天的天气非常好，我们一起去公园散步吧。"),
        Language("ja", "Japanese", "日本語", "日语", False, "今日はとても天気がいいので、公園を散歩しましょう。"),
        Language(
            "es", "Spanish", "Español", "西班牙语", True, "El tren sale a las nueve, así que vamos a desayunar primero."
        ),
        Language(
            "fr", "French", "Français", "法语", True, "Le train part à neuf heures, prenons d'abord le petit déjeuner."
        ),
        Language(
            "it", "Italian", "Italiano", "意大利语", True, "Il treno parte alle nove, quindi facciamo prima colazione."
        ),
        Language(
            "pt",
            "Portuguese",
            "Português",
            "葡萄牙语",
            True,
            "O trem sai às nove, então vamos tomar café da manhã primeiro.",
        ),
        Language("hi", "Hindi", "हिन्दी", "印地语", True, "आज मौसम बहुत अच्छा है, चलो पार्क में घूमने चलते हैं।"),
        Language("de", "German", "Deutsch", "德语", True, "Der Zug fährt um neun, also lasst uns zuerst frühstücken."),
        Language(
            "ru", "Russian", "Русский", "俄语", True, "Поезд отправляется в девять, давайте сначала позавтракаем."
        ),
        Language("ko", "Korean", "한국어", "韩语", True, "오늘은 날씨가 아주 좋으니 공원에 산책하러 갑시다."),
        Language("yue", "Cantonese", "粵語", "粤语", False, "今日天氣好好，我哋一齊去公園行下啦。"),
        Language("ar", "Arabic", "العربية", "阿拉伯语", True, "يغادر القطار في التاسعة، فلنتناول الفطور أولاً."),
        Language(
            "nl", "Dutch", "Nederlands", "荷兰语", True, "De trein vertrekt om negen uur, dus laten we eerst ontbijten."
        ),
        Language(
            "pl", "Polish", "Polski", "波兰语", True, "Pociąg odjeżdża o dziewiątej, więc najpierw zjedzmy śniadanie."
        ),
        Language("tr", "Turkish", "Türkçe", "土耳其语", True, "Tren dokuzda kalkıyor, o yüzden önce kahvaltı yapalım."),
        Language(
            "vi", "Vietnamese", "Tiếng Việt", "越南语", True, "Tàu chạy lúc chín giờ, vậy chúng ta ăn sáng trước nhé."
        ),
        Language(
            "id",
            "Indonesian",
            "Bahasa Indonesia",
            "印尼语",
            True,
            "Kereta berangkat pukul sembilan, jadi mari sarapan dulu.",
        ),
        Language("th", "Thai", "ไทย", "泰语", False, "วันนี้อากาศดีมาก เราไปเดินเล่นที่สวนสาธารณะกันเถอะ"),
        Language(
            "ms",
            "Malay",
            "Bahasa Melayu",
            "马来语",
            True,
            "Kereta api bertolak pada pukul sembilan, jadi marilah kita bersarapan dahulu.",
        ),
        Language(
            "tl",
            "Filipino",
            "Filipino",
            "菲律宾语",
            True,
            "Aalis ang tren nang alas-nuwebe, kaya mag-almusal muna tayo.",
        ),
        Language("sv", "Swedish", "Svenska", "瑞典语", True, "Tåget går klockan nio, så låt oss äta frukost först."),
        Language("da", "Danish", "Dansk", "丹麦语", True, "Toget kører klokken ni, så lad os spise morgenmad først."),
        Language("fi", "Finnish", "Suomi", "芬兰语", True, "Juna lähtee yhdeksältä, joten syödään ensin aamiaista."),
        Language(
            "et", "Estonian", "Eesti", "爱沙尼亚语", True, "Rong väljub kell üheksa, nii et sööme enne hommikust."
        ),
        Language(
            "lv",
            "Latvian",
            "Latviešu",
            "拉脱维亚语",
            True,
            "Vilciens atiet deviņos, tāpēc vispirms paēdīsim brokastis.",
        ),
        Language(
            "lt",
            "Lithuanian",
            "Lietuvių",
            "立陶宛语",
            True,
            "Traukinys išvyksta devintą valandą, todėl pirmiausia papusryčiaukime.",
        ),
        Language("cs", "Czech", "Čeština", "捷克语", True, "Vlak odjíždí v devět, takže se nejdřív nasnídejme."),
        Language(
            "sk", "Slovak", "Slovenčina", "斯洛伐克语", True, "Vlak odchádza o deviatej, tak sa najprv naraňajkujme."
        ),
        Language(
            "hu", "Hungarian", "Magyar", "匈牙利语", True, "A vonat kilenckor indul, ezért előbb reggelizzünk meg."
        ),
        Language(
            "ro",
            "Romanian",
            "Română",
            "罗马尼亚语",
            True,
            "Trenul pleacă la nouă, așa că hai să luăm mai întâi micul dejun.",
        ),
        Language(
            "bg", "Bulgarian", "Български", "保加利亚语", True, "Влакът тръгва в девет, затова нека първо да закусим."
        ),
        Language("hr", "Croatian", "Hrvatski", "克罗地亚语", True, "Vlak kreće u devet, pa hajdemo prvo doručkovati."),
        Language(
            "sl",
            "Slovenian",
            "Slovenščina",
            "斯洛文尼亚语",
            True,
            "Vlak odpelje ob devetih, zato najprej pozajtrkujmo.",
        ),
        Language(
            "el", "Greek", "Ελληνικά", "希腊语", True, "Το τρένο φεύγει στις εννέα, οπότε ας πάρουμε πρώτα πρωινό."
        ),
        Language(
            "mt",
            "Maltese",
            "Malti",
            "马耳他语",
            True,
            "Il-ferrovija titlaq fid-disgħa, mela ejja nieħdu l-kolazzjon l-ewwel.",
        ),
        Language(
            "ga",
            "Irish",
            "Gaeilge",
            "爱尔兰语",
            True,
            "Fágann an traein ar a naoi a chlog, mar sin ithimis bricfeasta ar dtús.",
        ),
    )
}


# Names beside those of the table: Whisper's other names, and what systems call Chinese.
_OTHER_NAMES = {
    "mandarin": "zh",
    "putonghua": "zh",
    "普通话": "zh",
    "国语": "zh",
    "汉语": "zh",
    "castilian": "es",
    "flemish": "nl",
    "filipino": "tl",
    "moldavian": "ro",
    "moldovan": "ro",
}
# Starts what follows a language: "Chinese (Simplified)", "English - US", "en_US.UTF-8", "de@euro".
_QUALIFIER = re.compile(r"[(（\[,，;·/.@]|\s[-–—]\s")


def find_code(written: str) -> str | None:
    """Return the code of a language of the table, or None if it has none.

    Args:
        written: A tag of BCP 47 ("pt-BR", "zh_Hans_CN"), a code of ISO 639-1, -2 or -3 ("en", "ger", "cmn"), or a name
            in English, Chinese or the language itself, in any case.
    """
    whole = written.strip().casefold()
    short = _QUALIFIER.split(whole)[0].strip()
    words = short.split()
    names = _codes_by_name()
    for name in (whole, short, *words[-1:], *words[:1]):  # "Brazilian Portuguese", "English US"
        if name in names:
            return names[name]
    return _codes_by_tag().get(primary_tag(short))


@cache
def _codes_by_name() -> dict[str, str]:
    named = {
        name.casefold(): row.code
        for row in LANGUAGES.values()
        for name in (row.code, row.name, row.native, row.chinese, row.chinese.replace("语", "文"))
    }
    return {**_OTHER_NAMES, **named}


@cache
def _codes_by_tag() -> dict[str, str]:
    return {primary_tag(code): code for code in LANGUAGES}


def primary_tag(tag: str) -> str:
    """Return the first part of the standard form of a tag, or "" if it isn't one; codes of ISO 639-2 become short."""
    from langcodes import standardize_tag
    from langcodes.tag_parser import LanguageTagError

    try:
        return standardize_tag(tag, macro=True).split("-")[0]
    except LanguageTagError:
        return ""


def display_name(code: str) -> Message:
    """Return the English and native name of a language, or the code if the table lacks it."""
    row = LANGUAGES.get(code)
    if row is None:
        return Message(code)
    return Message(row.name if row.name == row.native else f"{row.name} · {row.native}")


def is_spaced(code: str) -> bool:
    """Return whether the script of a language puts spaces between words; True for unknown codes."""
    row = LANGUAGES.get(code)
    return row is None or row.spaced


def require_language(code: str, offered: frozenset[str], who: str) -> None:
    """Raise BadInput, naming the choices, if `who` doesn't offer the language."""
    if code not in offered:
        choices = tuple(Message(row.name) for row in LANGUAGES.values() if row.code in offered)
        raise BadInput(
            "{who} doesn't support {language}. Choose one of: {choices}.",
            who=who,
            language=display_name(code),
            choices=choices,
        )


def join_sentences(sentences: list[str], language: str) -> str:
    """Return the sentences as one text, separated by spaces if the script has them."""
    return (" " if is_spaced(language) else "").join(part for part in (s.strip() for s in sentences) if part)
