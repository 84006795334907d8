"""chrF of translations of everyday sentences: Apertium and Qwen2.5-Coder by direction, and from speech into English.

Qwen is left out unless its file is there (python -m funaudio_core.weights qwen2.5-coder-1.5b). Sentences and references
were written for this project before they were tried. Run: python -m bench.assistants.translate
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Mapping

import sacrebleu

from bench._options import option_parser
from bench._processes import child_seconds
from funaudio_core.engines import llama_cpp, loader, registry, voice_catalog
from funaudio_core.engines.apertium import SPEC
from funaudio_core.engines.protocols import RecognitionOptions, Translator
from funaudio_core.errors import FunAudioError
from funaudio_core.tasks import synthesis
from funaudio_core.text import split_sentences

SPOKEN = ("es", "pt", "fr", "it", "zh", "ja")  # languages that are also translated from speech
PARALLEL: dict[str, tuple[str, ...]] = {
    "en": (
        "Good morning, how are you?",
        "I would like a coffee with milk, please.",
        "Where is the bathroom?",
        "My brother lives in a small town near the sea.",
        "We have to buy bread and eggs.",
        "The shop opens at nine and closes at eight.",
        "I don't understand what you are saying.",
        "Can you speak more slowly?",
        "Yesterday we went to the cinema with our friends.",
        "It is very cold today.",
        "She has two daughters and a son.",
        "I need a doctor.",
        "The bill, please.",
        "Tomorrow I am going to visit my grandparents.",
        "This book is very interesting.",
        "How much does this shirt cost?",
        "I have lost my keys.",
        "We are waiting for the bus.",
        "You can pay with a card.",
        "Thank you very much for your help.",
    ),
    "es": (
        "Buenos días, ¿cómo estás?",
        "Me gustaría un café con leche, por favor.",
        "¿Dónde está el baño?",
        "Mi hermano vive en un pueblo pequeño cerca del mar.",
        "Tenemos que comprar pan y huevos.",
        "La tienda abre a las nueve y cierra a las ocho.",
        "No entiendo lo que estás diciendo.",
        "¿Puedes hablar más despacio?",
        "Ayer fuimos al cine con nuestros amigos.",
        "Hoy hace mucho frío.",
        "Ella tiene dos hijas y un hijo.",
        "Necesito un médico.",
        "La cuenta, por favor.",
        "Mañana voy a visitar a mis abuelos.",
        "Este libro es muy interesante.",
        "¿Cuánto cuesta esta camisa?",
        "He perdido mis llaves.",
        "Estamos esperando el autobús.",
        "Puedes pagar con tarjeta.",
        "Muchas gracias por tu ayuda.",
    ),
    "fr": (
        "Bonjour, comment vas-tu ?",
        "Je voudrais un café au lait, s'il vous plaît.",
        "Où sont les toilettes ?",
        "Mon frère habite dans une petite ville près de la mer.",
        "Nous devons acheter du pain et des œufs.",
        "Le magasin ouvre à neuf heures et ferme à huit heures.",
        "Je ne comprends pas ce que tu dis.",
        "Peux-tu parler plus lentement ?",
        "Hier, nous sommes allés au cinéma avec nos amis.",
        "Il fait très froid aujourd'hui.",
        "Elle a deux filles et un fils.",
        "J'ai besoin d'un médecin.",
        "L'addition, s'il vous plaît.",
        "Demain, je vais rendre visite à mes grands-parents.",
        "Ce livre est très intéressant.",
        "Combien coûte cette chemise ?",
        "J'ai perdu mes clés.",
        "Nous attendons le bus.",
        "Tu peux payer par carte.",
        "Merci beaucoup pour ton aide.",
    ),
    "it": (
        "Buongiorno, come stai?",
        "Vorrei un caffè con latte, per favore.",
        "Dov'è il bagno?",
        "Mio fratello vive in una piccola città vicino al mare.",
        "Dobbiamo comprare pane e uova.",
        "Il negozio apre alle nove e chiude alle otto.",
        "Non capisco quello che dici.",
        "Puoi parlare più lentamente?",
        "Ieri siamo andati al cinema con i nostri amici.",
        "Oggi fa molto freddo.",
        "Lei ha due figlie e un figlio.",
        "Ho bisogno di un medico.",
        "Il conto, per favore.",
        "Domani vado a trovare i miei nonni.",
        "Questo libro è molto interessante.",
        "Quanto costa questa camicia?",
        "Ho perso le chiavi.",
        "Stiamo aspettando l'autobus.",
        "Puoi pagare con la carta.",
        "Grazie mille per il tuo aiuto.",
    ),
    "pt": (
        "Bom dia, como você está?",
        "Eu queria um café com leite, por favor.",
        "Onde fica o banheiro?",
        "Meu irmão mora em uma cidade pequena perto do mar.",
        "Temos que comprar pão e ovos.",
        "A loja abre às nove e fecha às oito.",
        "Não entendo o que você está dizendo.",
        "Você pode falar mais devagar?",
        "Ontem fomos ao cinema com nossos amigos.",
        "Hoje está muito frio.",
        "Ela tem duas filhas e um filho.",
        "Preciso de um médico.",
        "A conta, por favor.",
        "Amanhã vou visitar meus avós.",
        "Este livro é muito interessante.",
        "Quanto custa esta camisa?",
        "Perdi minhas chaves.",
        "Estamos esperando o ônibus.",
        "Você pode pagar com cartão.",
        "Muito obrigado pela sua ajuda.",
    ),
    "zh": (
        "早上好，你好吗？",
        "请给我一杯加牛奶的咖啡。",
        "洗手间在哪里？",
        "我哥哥住在海边的一个小城市。",
        "我们得买面包和鸡蛋。",
        "商店九点开门，八点关门。",
        "我听不懂你在说什么。",
        "你能说慢一点吗？",
        "昨天我们和朋友去看了电影。",
        "今天很冷。",
        "她有两个女儿和一个儿子。",
        "我需要看医生。",
        "请买单。",
        "明天我要去看望我的祖父母。",
        "这本书很有意思。",
        "这件衬衫多少钱？",
        "我的钥匙丢了。",
        "我们在等公共汽车。",
        "你可以用卡付款。",
        "非常感谢你的帮助。",
    ),
    "ja": (
        "おはようございます、お元気ですか？",
        "ミルク入りのコーヒーをください。",
        "お手洗いはどこですか？",
        "私の兄は海の近くの小さな町に住んでいます。",
        "パンと卵を買わなければなりません。",
        "店は九時に開いて、八時に閉まります。",
        "あなたが何を言っているのか分かりません。",
        "もっとゆっくり話してもらえますか？",
        "昨日、友達と映画を見に行きました。",
        "今日はとても寒いです。",
        "彼女には娘が二人と息子が一人います。",
        "お医者さんに診てもらいたいです。",
        "お会計をお願いします。",
        "明日、祖父母に会いに行きます。",
        "この本はとても面白いです。",
        "このシャツはいくらですか？",
        "鍵をなくしました。",
        "私たちはバスを待っています。",
        "カードで払えます。",
        "手伝ってくれて本当にありがとうございます。",
    ),
}


def main() -> None:
    """Print chrF and cost of the directions on the command line, such as "en-es", by default of all, and from speech.

    The argument "es" stands for Spanish speech into English.
    """
    apertium = SPEC.load()
    qwen = None if loader.download_size(llama_cpp.TRANSLATOR) else llama_cpp.TRANSLATOR.load()
    engines: dict[str, Translator] = {"Apertium": apertium, **({"Qwen": qwen} if qwen else {})}
    pairs = sorted({pair for engine in engines.values() for pair in engine.directions()})
    for argument in sys.argv[1:] or (*("-".join(pair) for pair in pairs), *SPOKEN):
        source, _, target = argument.partition("-")
        if target:
            _compare_texts(source, target, engines)
        else:
            _compare_from_speech(source, qwen)
    if not sys.argv[1:]:
        through_spanish = [apertium.translate(apertium.translate(s, "en", "es"), "es", "fr") for s in PARALLEL["en"]]
        print(f"en -> es -> fr: chrF {_chrf(through_spanish, 'fr'):.1f}")
        _measure_cost(apertium, 5)


def _compare_texts(source: str, target: str, engines: Mapping[str, Translator]) -> None:
    """Print chrF and cost of each engine that has the direction, and its translations from English."""
    scores = []
    for name, engine in engines.items():
        if (source, target) in engine.directions():
            began = child_seconds()
            texts = [_translate(engine, sentence, source, target) for sentence in PARALLEL[source]]
            cost = (child_seconds() - began) / len(texts)
            scores.append(f"{name} {_chrf(texts, target):.1f} ({cost:.2f} CPU-s a sentence)")
            if source == "en":
                print(*(f"    {text}" for text in texts), sep="\n")
    print(f"{source} -> {target}: chrF {', '.join(scores)}", flush=True)


def _translate(engine: Translator, text: str, source: str, target: str) -> str:
    """Return a translation; "" if the engine gives none."""
    try:
        return engine.translate(text, source, target)
    except FunAudioError as error:
        print(f"    {error}")
        return ""


def _compare_from_speech(source: str, translator: Translator | None) -> None:
    """Print chrF of synthesized sentences in English, by the recognizer and by its transcript's translation."""
    voice = voice_catalog.get_voice("", language=source)
    recognizer = loader.load(next(iter(registry.RECOGNIZERS.values())))
    heard: list[str] = []
    translated: list[str] = []
    for sentence in PARALLEL[source]:
        spoken = synthesis.speak_take(synthesis.speech_request(sentence, source, voice)).audio
        for texts, in_english in ((heard, True), (translated, False)):
            options = RecognitionOptions(language=source, translate_to_english=in_english)
            texts.append(" ".join(segment.text for segment in recognizer.transcribe(spoken, options)))
    scores = [f"by ear {_chrf(heard, 'en'):.1f}"]
    if translator is not None and (source, "en") in translator.directions():
        texts = [_translate(translator, text, source, "en") for text in translated]
        scores.append(f"transcribed, then Qwen {_chrf(texts, 'en'):.1f}")
    print(f"{source} speech -> en: chrF {', '.join(scores)}", flush=True)


def _chrf(texts: list[str], language: str) -> float:
    return float(sacrebleu.corpus_chrf(texts, [list(PARALLEL[language])]).score)


def _measure_cost(engine: Translator, times: int) -> None:
    text = " ".join(PARALLEL["en"])
    one_sentence: list[tuple[float, float]] = []
    all_sentences: list[tuple[float, float]] = []
    for _ in range(times):
        for timings, source_text in ((one_sentence, PARALLEL["en"][3]), (all_sentences, text)):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            engine.translate(source_text, "en", "es")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            timings.append((cpu, time.monotonic() - began))
    for label, timings in (
        ("one sentence", one_sentence),
        (f"{len(split_sentences(text, 'en'))} sentences", all_sentences),
    ):
        cpu, wall = (statistics.median(values) for values in zip(*timings, strict=True))
        print(f"{label}: median {cpu:.2f} CPU-s, {wall:.2f} s")


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
