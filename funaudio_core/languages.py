"""The one table of languages. Engines say which of its codes they speak; pages read names from here."""

from __future__ import annotations

from dataclasses import dataclass

from funaudio_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    code: ISO 639. spaced: whether its script separates words (WER) or not (CER).
    sample: a sentence a visitor may try, in that language.
    """

    code: str
    name: str
    native: str
    spaced: bool
    sample: str


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English", "English", True, "The train leaves at nine, so let us have breakfast first."),
        Language("zh", "Chinese", "中文", False, "今天的天气非常好，我们一起去公园散步吧。"),
        Language("ja", "Japanese", "日本語", False, "今日はとても天気がいいので、公園を散歩しましょう。"),
        Language("es", "Spanish", "Español", True, "El tren sale a las nueve, así que vamos a desayunar primero."),
        Language("fr", "French", "Français", True, "Le train part à neuf heures, prenons d'abord le petit déjeuner."),
        Language("it", "Italian", "Italiano", True, "Il treno parte alle nove, quindi facciamo prima colazione."),
        Language(
            "pt", "Portuguese", "Português", True, "O trem sai às nove, então vamos tomar café da manhã primeiro."
        ),
        Language("hi", "Hindi", "हिन्दी", True, "आज मौसम बहुत अच्छा है, चलो पार्क में घूमने चलते हैं।"),
        Language("de", "German", "Deutsch", True, "Der Zug fährt um neun, also lasst uns zuerst frühstücken."),
        Language("ru", "Russian", "Русский", True, "Поезд отправляется в девять, давайте сначала позавтракаем."),
        Language("ko", "Korean", "한국어", True, "오늘은 날씨가 아주 좋으니 공원에 산책하러 갑시다."),
        Language("yue", "Cantonese", "粵語", False, "今日天氣好好，我哋一齊去公園行下啦。"),
        Language("ar", "Arabic", "العربية", True, "يغادر القطار في التاسعة، فلنتناول الفطور أولاً."),
        Language("nl", "Dutch", "Nederlands", True, "De trein vertrekt om negen uur, dus laten we eerst ontbijten."),
        Language("pl", "Polish", "Polski", True, "Pociąg odjeżdża o dziewiątej, więc najpierw zjedzmy śniadanie."),
        Language("tr", "Turkish", "Türkçe", True, "Tren dokuzda kalkıyor, o yüzden önce kahvaltı yapalım."),
        Language("vi", "Vietnamese", "Tiếng Việt", True, "Tàu chạy lúc chín giờ, vậy chúng ta ăn sáng trước nhé."),
        Language(
            "id", "Indonesian", "Bahasa Indonesia", True, "Kereta berangkat pukul sembilan, jadi mari sarapan dulu."
        ),
    )
}


def name(code: str) -> str:
    """English name and native name of a language; the code itself where the table has none."""
    row = LANGUAGES.get(code)
    if row is None:
        return code
    return row.name if row.name == row.native else f"{row.name} · {row.native}"


def is_spaced(code: str) -> bool:
    """Whether the script of `code` puts spaces between words; unknown codes count as spaced."""
    row = LANGUAGES.get(code)
    return row is None or row.spaced


def require(code: str, offered: frozenset[str], who: str) -> None:
    """Raise BadInput, naming the choices, unless `who` offers the language `code`."""
    if code not in offered:
        choices = ", ".join(LANGUAGES[c].name for c in LANGUAGES if c in offered)
        raise BadInput(f"{who} does not do {name(code)}. Choose one of: {choices}.")
