"""Tests of the spoken forms of written text."""

import pytest

from bench.speech.tts_sentences import SENTENCES
from funaudio_core.languages import LANGUAGES
from funaudio_core.text.spoken_form import LANGUAGES as SPOKEN_LANGUAGES
from funaudio_core.text.spoken_form import align_spoken_form, numbers, spoken_form


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        ("en", "They raised $3.5 million.", "They raised three point five million dollars."),
        ("en", "It costs $1, not $0.99.", "It costs one dollar, not ninety nine cents."),
        ("en", "In the 1990s, at 3:00 or 14:30.", "In the nineteen nineties, at three o'clock or fourteen thirty."),
        ("en", "Call (555) 010-0199.", "Call five five five, oh one oh, oh one nine nine."),
        ("en", "It is -5 °C or 2½ cups.", "It is minus five degrees Celsius or two and a half cups."),
        ("en", "St. John lives on Elm St. in town.", "Saint John lives on Elm Street in town."),
        ("en", "Chapter IV of Henry VIII", "Chapter four of Henry the eighth"),
        ("en", "Mail bob@example.org or see www.example.org/a.",
         "Mail bob at example dot org or see w w w dot example dot org slash a."),
        ("en", "He is 5 ft 11 in tall, but 5 ft 9 in the photo, or 5'8\".",
         "He is five feet eleven inches tall, but five feet nine in the photo, or five foot eight."),
        ("en", "A 20 x 30 cm box in a 10x12 room, so 3x4 is 12.",
         "A twenty by thirty centimeter box in a ten by twelve room, so three times four is twelve."),
        ("en", "It took 42:15 at odds of 10:15, 3:1 or 28:14.",
         "It took forty two fifteen at odds of ten to fifteen, three to one or twenty eight fourteen."),
        ("en", "June 5–7, Nov. 30–Dec. 2 at 7.30pm for 5 min. or min. 3 people.",
         "June fifth to seventh, November thirtieth to December second at seven thirty P M for five minutes or minimum"
         " three people."),
        ("en", "It is 10 in. wide, 5 in the box, at 0x10 bytes.",
         "It is ten inches wide, five in the box, at zero times ten bytes."),
        ("es", "Duró 42:15 en 20 x 30 cm.",
         "Duró cuarenta y dos minutos y quince segundos en veinte por treinta centímetros."),
        ("fr", "M. et Mme Petit, 90 min.", "Monsieur et Madame Petit, quatre-vingt-dix minutes."),
        ("zh", "成绩是42:15，以3-1领先。", "成绩是四十二分十五秒，以三比一领先。"),
        ("ja", "3D映画は42:15です。", "スリーディー映画は42分15秒です。"),
        ("es", "El 2º piso cuesta 21 €.", "El segundo piso cuesta veintiún euros."),
        ("fr", "Le XXIe siècle, à 21h05.", "Le vingt et unième siècle, à vingt et une heures cinq."),
        ("it", "Nel XIX secolo costava 1,50 €.", "Nel diciannovesimo secolo costava un euro e cinquanta centesimi."),
        ("pt", "Custa R$ 2,50 no séc. XXI.", "Custa dois reais e cinquenta centavos no século vinte e um."),
        ("hi", "₹500 और 2½ किलो", "पाँच सौ रुपये और ढाई किलो"),
        ("zh", "2026/11/29，3-5天，¥100，－3℃。", "二零二六年十一月二十九日，三到五天，一百元，零下三摄氏度。"),
        ("zh", "比分2:1，2点见，2月2日。", "比分二比一，两点见，二月二日。"),
        ("ja", "10:30に¥1,000です。", "10時30分に1000円です。"),
        ("de", "Es kostet 5 €.", "Es kostet 5 €."),
    ],
)  # fmt: skip
def test_kinds_of_written_forms(language: str, written: str, spoken: str) -> None:
    assert spoken_form(written, language) == spoken


@pytest.mark.parametrize("language", sorted(SPOKEN_LANGUAGES))
def test_plain_sentences_stay_as_they_are(language: str) -> None:
    for sentence in (LANGUAGES[language].sample, *SENTENCES[language]):
        assert spoken_form(sentence, language) == sentence


@pytest.mark.parametrize("language", sorted(SPOKEN_LANGUAGES))
def test_odd_texts_are_read_without_errors(language: str) -> None:
    for odd in (
        "192.168.1.1Room",
        "10³。www.example.com.The10³",
        "0/0 1/0 0º 0th 31/31/2026 99:99",
        "9" * 400,
        "1 " * 500,
    ):
        assert spoken_form(odd, language)


def test_places_lead_back_to_the_written_text() -> None:
    aligned = align_spoken_form("Pay $5 to Dr. Lee.", "en")
    start = aligned.text.index("dollars")
    assert aligned.text == "Pay five dollars to Doctor Lee."
    first, last = aligned.origin(start, start + len("dollars"))
    assert aligned.written[first:last] == "$5"
    first, last = aligned.origin(aligned.text.index("Doctor"), aligned.text.index("Doctor") + 1)
    assert aligned.written[first:last] == "Dr."


@pytest.mark.parametrize(
    ("numeral", "value"), [("XIV", 14), ("MCMXCVIII", 1998), ("IIII", 0), ("VX", 0), ("", 0), ("ABC", 0)]
)
def test_roman_numerals(numeral: str, value: int) -> None:
    assert numbers.roman_value(numeral) == value


def test_hindi_numbers_follow_lakh_and_crore() -> None:
    assert numbers.cardinal(12_345_678, "hi") == "एक करोड़ तेईस लाख पैंतालीस हज़ार छह सौ अठहत्तर"
