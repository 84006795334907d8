"""Sentences into which a name or term is put, and the voices that speak them, by language. Tables."""

from __future__ import annotations

from dataclasses import dataclass

SLOT = "{term}"


@dataclass(frozen=True, slots=True)
class Carriers:
    """Sentences with a slot, and voices; those of the held-out clips don't occur in training.

    Attributes:
        training: Sentences to learn from. The slot is at the start, in the middle and at the end.
        held_out: Sentences that are only measured.
        training_voices: Presets that speak the clips to learn from.
        held_out_voices: Presets that speak the others. A language with few voices borrows some of a similar one.
    """

    training: tuple[str, ...]
    held_out: tuple[str, ...]
    training_voices: tuple[str, ...]
    held_out_voices: tuple[str, ...]


CARRIERS: dict[str, Carriers] = {
    "en": Carriers(
        training=(
            "{term} is on the list for today.",
            "Have you heard about {term} before?",
            "We talked with {term} last week.",
            "Please send the letter to {term}.",
            "The name {term} was new to me.",
            "Tomorrow we will write about {term}.",
        ),
        held_out=(
            "Nobody at the meeting mentioned {term}.",
            "I would like to know more about {term}.",
            "This morning {term} came up twice.",
            "She asked me whether {term} was here.",
        ),
        training_voices=("af_heart", "am_michael", "bf_emma", "am_fenrir", "af_bella", "bm_george"),
        held_out_voices=("af_sarah", "am_puck", "bf_isabella"),
    ),
    "zh": Carriers(
        training=(
            "{term}在今天的名单上。",
            "你以前听说过{term}吗？",
            "上个星期我们谈到了{term}。",
            "请把这封信寄给{term}。",
            "我第一次听到{term}这个名字。",
            "明天我们要写一写{term}。",
        ),
        held_out=(
            "会议上没有人提到{term}。",
            "我想多了解一下{term}。",
            "今天早上{term}出现了两次。",
            "她问我{term}准备好了没有。",
        ),
        training_voices=("zf_xiaoxiao", "zm_yunxi", "zf_xiaobei", "zm_yunjian"),
        held_out_voices=("zf_xiaoyi", "zm_yunyang"),
    ),
    "es": Carriers(
        training=(
            "{term} está en la lista de hoy.",
            "¿Ha oído hablar de {term}?",
            "La semana pasada hablamos con {term} aquí.",
            "Envíe la carta a {term}.",
            "El nombre {term} era nuevo para mí.",
            "Mañana escribiremos sobre {term}.",
        ),
        held_out=(
            "En la reunión nadie habló de {term}.",
            "Me gustaría saber más sobre {term}.",
            "Esta mañana {term} apareció dos veces.",
            "Me preguntó si {term} estaba aquí.",
        ),
        training_voices=("ef_dora", "em_alex", "if_sara"),
        held_out_voices=("em_santa", "pf_dora"),
    ),
    "fr": Carriers(
        training=(
            "{term} est sur la liste d'aujourd'hui.",
            "Avez-vous entendu parler de {term} ?",
            "Nous avons parlé avec {term} la semaine dernière.",
            "Envoyez la lettre à {term}.",
            "Le nom {term} était nouveau pour moi.",
            "Demain, nous écrirons sur {term}.",
        ),
        held_out=(
            "Personne n'a parlé de {term} pendant la réunion.",
            "J'aimerais en savoir plus sur {term}.",
            "Ce matin, {term} est revenu deux fois.",
            "Elle m'a demandé si {term} était ici.",
        ),
        training_voices=("ff_siwis", "im_nicola", "ef_dora"),
        held_out_voices=("if_sara", "em_alex"),
    ),
    "it": Carriers(
        training=(
            "{term} è sulla lista di oggi.",
            "Ha mai sentito parlare di {term}?",
            "Abbiamo parlato con {term} la settimana scorsa.",
            "Mandi la lettera a {term}.",
            "Il nome {term} era nuovo per me.",
            "Domani scriveremo di {term}.",
        ),
        held_out=(
            "Alla riunione nessuno ha parlato di {term}.",
            "Vorrei sapere di più su {term}.",
            "Stamattina {term} è tornato due volte.",
            "Mi ha chiesto se {term} era qui.",
        ),
        training_voices=("if_sara", "im_nicola", "ef_dora"),
        held_out_voices=("ff_siwis", "em_alex"),
    ),
    "pt": Carriers(
        training=(
            "{term} está na lista de hoje.",
            "Você já ouviu falar de {term}?",
            "Falamos com {term} na semana passada.",
            "Envie a carta para {term}.",
            "O nome {term} era novo para mim.",
            "Amanhã vamos escrever sobre {term}.",
        ),
        held_out=(
            "Na reunião ninguém falou de {term}.",
            "Eu gostaria de saber mais sobre {term}.",
            "Hoje de manhã {term} apareceu duas vezes.",
            "Ela me perguntou se {term} estava aqui.",
        ),
        training_voices=("pf_dora", "pm_alex", "ef_dora"),
        held_out_voices=("pm_santa", "if_sara"),
    ),
    "ja": Carriers(
        training=(
            "{term}は今日のリストにあります。",
            "前に{term}を聞いたことがありますか。",
            "先週、{term}について話しました。",
            "この手紙を{term}に送ってください。",
            "{term}という名前は初めて聞きました。",
            "明日、{term}のことを書きます。",
        ),
        held_out=(
            "会議では誰も{term}のことを話しませんでした。",
            "{term}についてもっと知りたいです。",
            "今朝、{term}が二回出てきました。",
            "彼女は{term}がどこにいるか聞きました。",
        ),
        training_voices=("jf_alpha", "jm_kumo", "jf_gongitsune"),
        held_out_voices=("jf_tebukuro", "jf_nezumi"),
    ),
}
