"""Tables for instructions: wishes with their English and Chinese words, presets and event tags."""

from __future__ import annotations

from dataclasses import dataclass

from funaudio_core.types import NEUTRAL, Style

# Happy to fear, excited, calm and whisper were measured on Kokoro in pairs with neutral takes (bench/speech/tts.py):
# F0, level and rate change as intended in every pair. Surprise and disgust were not measured: surprise is the measured
# "excited" slowed down, disgust the slow, low delivery of Murray & Arnott (J. Acoust. Soc. Am., 1993).
EMOTION_STYLES: dict[str, Style] = {
    "neutral": NEUTRAL,
    "happy": Style(rate=1.08, pitch=1.5, range=1.4, level=1.0, emotion="happy"),
    "sad": Style(rate=0.82, pitch=-1.5, range=0.55, level=-3.0, pause=1.5, emotion="sad"),
    "angry": Style(rate=1.1, pitch=1.0, range=1.35, level=4.0, emotion="angry"),
    "fear": Style(rate=1.15, pitch=3.0, range=0.8, level=-2.0, jitter=0.25, emotion="fear"),
    "surprise": Style(rate=1.12, pitch=3.0, range=1.6, level=2.0, emotion="surprise"),
    "disgust": Style(rate=0.9, pitch=-1.5, range=0.8, level=-1.0, emotion="disgust"),
}
EXCITED = Style(rate=1.2, pitch=3.0, range=1.6, level=2.5, emotion="happy")
CALM = Style(rate=0.9, pitch=-0.5, range=0.75, level=-2.0, pause=1.3)
WHISPER = Style(rate=0.95, level=-4.0, whisper=True)
TIRED = Style(rate=0.85, pitch=-1.5, range=0.7, level=-3.0, pause=1.3)
SERIOUS = Style(rate=0.94, pitch=-1.0, range=0.8)
GENTLE = Style(rate=0.94, range=0.9, level=-3.0)
NEWS = Style(rate=1.05, range=0.9)

# Beyond these, speech breaks up or is inaudible. Units as in Style.
LIMITS = {
    "rate": (0.5, 2.0),
    "pitch": (-6.0, 6.0),
    "range": (0.05, 2.0),
    "level": (-15.0, 6.0),
    "pause": (0.3, 4.0),
    "jitter": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Wish that an instruction can express.

    Attributes:
        name: Name for people.
        en: Regular expression of English words; matches whole words.
        zh: Regular expression of Chinese words.
        style: Changes it makes.
        opposite: Name of the wish that "not too …" means.
    """

    name: str
    en: str
    zh: str
    style: Style
    opposite: str = ""


# Degree words between a Chinese noun and its adjective: 音调(非常)高.
_DEG = "(?:(?:得|要|再|更|非常|十分|特别|相当|极其|尽可能|尽量|稍微|稍|略微|略|有点|很|太){0,3})"
_SPEED, _PITCH, _VOLUME = f"(?:(?:语速|速度){_DEG})?", "(?:音调|音高|声调|调子|调门)", "(?:声音|音量|嗓门)"
_MORE = "(?:一点|一些|点|些)?的?"

WISHES: tuple[Wish, ...] = (
    Wish("slow", r"slow(?:er|ly|ness)?(?: down)?|unhurried(?:ly)?|drag(?:ging)?",
         rf"{_SPEED}(?:放|减|缓)?慢(?:速|慢|下来)?|缓慢|慢吞吞|拖长", Style(rate=0.78), "fast"),
    Wish("fast", r"fast(?:er)?|quick(?:er|ly)?|rapid(?:ly)?|hurr(?:y|ied|iedly)(?: up)?|speed(?:ed)? up|swift(?:ly)?",
         rf"{_SPEED}(?:加|飞|赶)?(?<![痛愉欢畅爽])快(?!乐)(?:速|快)?|急促", Style(rate=1.28), "slow"),
    Wish("high",
         r"high(?:er)?(?:[ -]pitch(?:ed)?)?(?: (?:voice|tone|pitch))?|raise (?:the |your )?(?:pitch|tone)|squeaky",
         rf"高音调?|{_PITCH}(?:提|升)?{_DEG}高|[提升更]?高{_MORE}{_PITCH}|尖(?:细|声|锐)?|高亢",
         Style(pitch=4.0), "low"),
    Wish("low", r"low(?:er)?(?:[ -]pitch(?:ed)?)?(?: (?:the |your )?(?:voice|tone|pitch))?|deep(?:er|ly)?(?: voice)?",
         rf"低音调?|{_PITCH}(?:降|压)?{_DEG}低|[降压更]?低{_MORE}{_PITCH}|低沉|深沉|浑厚", Style(pitch=-4.0), "high"),
    Wish("loud", r"loud(?:er|ly)?|shout(?:ing|ed)?|yell(?:ing|ed)?|turn (?:it )?up|raise your voice|more volume",
         rf"大{_MORE}声|响亮|洪亮|喊[着叫]?|{_VOLUME}[提放调加再]?{_DEG}[大高响]|(?:提高|加大|增大)音量",
         Style(level=4.0), "soft"),
    Wish("soft", r"soft(?:er|ly)?|quiet(?:er|ly)?|turn (?:it )?down|lower your voice|hushed|less volume",
         rf"[轻小]{_MORE}声|轻轻|低声|{_VOLUME}[放调减再]?{_DEG}[小轻低]|(?:降低|减小)音量", Style(level=-6.0), "loud"),
    Wish("gentle", r"gent(?:le|ly|ler)|tender(?:ly)?|warm(?:ly|er|th)?", "温柔|柔和|轻柔|温暖|温和", GENTLE),
    Wish("monotone", r"monoton(?:e|ous|ously)|flat(?:ly)?|robot(?:ic|ically)?|emotionless",
         "单调|平淡|机器人|毫无感情|没有感情", Style(range=0.15), "lively"),
    Wish("lively",
         r"live(?:ly|lier)|expressive(?:ly)?|animated(?:ly)?|dramatic(?:ally)?|energetic(?:ally)?"
         r"|(?:high |more )?energy",
         "生动|抑扬顿挫|活泼|富?有感情|有活力", Style(range=1.5), "monotone"),
    Wish("long pauses", r"(?:with )?(?:long(?:er)?|more|many) pauses?|pausing|with pauses",
         rf"停顿{_DEG}[长多]|[长多]{_MORE}停顿", Style(pause=2.2), "short pauses"),
    Wish("short pauses", r"(?:with )?(?:short(?:er)?|fewer|less) pauses?|without (?:any )?(?:pauses?|pausing)",
         rf"停顿{_DEG}[短少]|[短少]{_MORE}停顿|不要?停顿", Style(pause=0.5), "long pauses"),
    Wish("whisper", r"whisper(?:ing|ed|s)?|under your breath", "耳语|悄悄话?|悄声|低语|气声", WHISPER),
    Wish("excited", r"excit(?:ed|edly|ement|ing)|enthusias(?:tic|tically|m)|thrilled|passionate(?:ly)?",
         "兴奋|激动|热情|激昂",
         EXCITED, "calm"),
    Wish("calm", r"calm(?:ly|er)?|relax(?:ed|ing)?|sooth(?:ing|ingly)|peaceful(?:ly)?|serene(?:ly)?",
         "平静|舒缓|冷静|放松|从容|不紧不慢|沉稳", CALM, "excited"),
    Wish("happy",
         r"happ(?:y|ily|ier|iness)|cheer(?:y|ful|fully|ily)|joy(?:ful|fully|ous)?|glad(?:ly)?"
         r"|delighted(?:ly)?|merr(?:y|ily)",
         "开心|高兴|愉快|快乐|喜悦|欢快|欢乐", EMOTION_STYLES["happy"]),
    Wish("sad",
         r"sad(?:ly|der|ness)?|sorrow(?:ful|fully)?|gloom(?:y|ily)|depressed|melanchol(?:y|ic)"
         r"|unhapp(?:y|ily)|crying|tearful(?:ly)?",
         "难过|悲伤|伤心|忧郁|悲痛|沮丧|失落|不高兴|不开心|哭[着腔]", EMOTION_STYLES["sad"]),
    Wish("angry", r"ang(?:ry|rily|er)|furious(?:ly)?|mad(?:ly)?|annoyed|rage", "愤怒|生气|恼火|气愤|发怒",
         EMOTION_STYLES["angry"]),
    Wish("fearful", r"fear(?:ful|fully)?|scared|afraid|nervous(?:ly)?|terrified|frightened|anxious(?:ly)?|trembling",
         "害怕|恐惧|紧张|惊恐|颤抖|胆怯", EMOTION_STYLES["fear"]),
    Wish("surprised", r"surpris(?:ed|edly|e)|astonish(?:ed|ment)|amazed|shocked", "惊讶|吃惊|惊喜|惊奇|震惊",
         EMOTION_STYLES["surprise"]),
    Wish("disgusted", r"disgust(?:ed|edly)?", "厌恶|恶心|嫌弃", EMOTION_STYLES["disgust"]),
    Wish("tired", r"tired(?:ly)?|sleep(?:y|ily)|exhausted|wear(?:y|ily)", "疲惫|疲倦|困倦|累", TIRED),
    Wish("serious", r"serious(?:ly)?|solemn(?:ly)?|formal(?:ly)?", "严肃|庄重|正式|认真", SERIOUS),
    Wish("like a newsreader", r"(?:tv )?news(?: ?(?:anchor|reader|presenter|caster))?",
         "新闻(?:播报|主播|播音)?|播音腔?", NEWS),
    Wish("neutral", r"neutral(?:ly)?|normal(?:ly)?", "正常|中性", NEUTRAL),
)  # fmt: skip

# (pattern, reason for the page) of wishes that presets can't fulfil.
UNSUPPORTED: tuple[tuple[str, str], ...] = (
    (r"\b(?:laugh|giggl|chuckl)\w*\b|笑声|大笑|笑着", "Laughter requires the full tier"),
    (r"\b(?:\w+ (?:accent|dialect)|accent|dialect|cantonese|sichuan\w*|shanghai\w*)\b"
     r"|方言|(?:四川|广东|东北|上海|河南|陕西|山东|天津|闽南|湖南|湖北|云南|甘肃|贵州|江西|宁夏|山西)话?|粤语|口音",
     "Dialects and accents require the full tier"),
    (r"\b(?:sing|sings|singing|song|rap)\b|唱歌?", "Singing isn't supported"),
    (r"\b(?:child|children|kid|baby|teenager|(?:old|young|little) (?:man|woman|lady|boy|girl)|elderly|male|female)\b"
     r"|小孩|孩子|儿童|老人|老爷爷|老奶奶|男声|女声|男人|女人",
     "Age and gender depend on the voice; choose another voice"),
    (r"\b(?:role|character|peppa(?: pig)?|pirate|santa|witch|wizard)\b|角色|扮演|小猪佩奇",
    "Role play requires the full tier"),
    (r"\b(?:cough|sneez|yawn|burp|hiccup)\w*\b|咳嗽|打喷嚏|打哈欠", "Coughs and similar sounds require the full tier"),
)  # fmt: skip


# Words without a wish of their own. What is left without them and the wishes is unknown.
GRAMMAR_EN = """
    please speak say speaks saying read talk talking sound sounding stay be being it this that the a an in with of to
    like as if you are is was were and but or nor your my voice voices tone pitch speed pace way manner style more very
    really much so quite lot too not don't dont do never without no less slightly little bit touch tad somewhat
    extremely incredibly utterly possible emotion feeling by at than usual something someone somebody sentence text
    would make me us i can could then on use using for all feel full far super avoid stop isn't keep get have has when
    while there here just also person one try person's volume
"""
GRAMMAR_ZH = (
    "尽可能|尽量|一句话|这句话|这段话|语气|情绪|感觉|声音|语速|速度|音调|音量|方式|口吻|非常|十分|特别|相当|极其|稍微|略微|一点点|"
    "不要|一样|那样|这样|的话|起来|方面|同时|而且|并且|然后|但是|或者|"
    "[请用以像的地得着说读讲念话语点些更要别不没很太极稍略把带一再有让给你我他来去吧呢啊了也和与并但而又或是能可以会显出想最超儿下]"
)

_N = r"(?P<n>\d+(?:\.\d+)?)"
_PERCENT = r"\s*(?:%|percent)\s*"
_STEP = r"\s*(?:semitones?|st\b|个?半音)"
_OF_PITCH = r"(?:\s*(?:the|your|my|it|voice|pitch|tone|by))*\s*了?"
_OF_SPEED = r"(?:(?:of|the|normal)\s*)*(?:speed|的?(?:语速|速度))"
_AT_SPEED = r"(?:(?:at|speed|of|to|rate|语速|速度|以)\s*)"
# (kind of number, pattern), tried in this order. Group "down" reverses the sign; "m" is an alternative to "n".
NUMBERS: tuple[tuple[str, str], ...] = (
    ("percent", rf"{_N}{_PERCENT}(?:(?P<down>slower)|faster|quicker)"),
    ("percent", rf"(?:(?P<down>slow(?:er|ly)?(?: down)?)|faster|quicker|speed(?: it)? up)\s*(?:by\s*)?{_N}{_PERCENT}"),
    ("percent", r"(?:语速|速度)?(?:(?P<down>放慢|减慢|降低|慢)|加快|提高|提升|增加|快)"
     rf"(?:百分之\s*{_N}|\s*(?P<m>\d+(?:\.\d+)?)\s*%)"),
    ("share", rf"{_AT_SPEED}+{_N}{_PERCENT}(?:{_OF_SPEED})?"),
    ("share", rf"{_N}{_PERCENT}{_OF_SPEED}"),
    ("factor", rf"{_AT_SPEED}*{_N}\s*(?:x\b|×|times\b|倍)\s*(?:{_OF_SPEED}|as fast|faster|速)?"),
    ("factor", rf"(?:speed|rate|语速|速度)\s*(?:of|to|为|是|=|:)?\s*{_N}(?!{_PERCENT}|\d)"),
    ("double", r"(?:twice|double)(?: (?:as fast|the speed|speed))|快一倍"
     r"|(?P<down>half (?:the )?speed|half as fast|半速|慢一倍)"),
    ("semitones", rf"{_N}{_STEP}\s*(?:(?P<down>lower|down|deeper|below)|higher|up|above)"),
    ("semitones", r"(?:(?P<down>lower|drop|deeper|降低|下降|调低|低|降)|raise|higher|lift|升高|提高|调高|高|升)"
     rf"{_OF_PITCH}{_N}{_STEP}"),
    ("semitones", rf"(?:\+|(?P<down>[-−]))\s*{_N}{_STEP}"),
    ("octave", r"(?:an? )?octave (?:(?P<down>lower|down)|higher|up)|高八度|(?P<low>低八度)"),
    ("decibels", rf"{_N}\s*(?:db|decibels?)\s*(?:(?P<down>quieter|softer|lower|down)|louder|higher|up)"),
    ("decibels", rf"(?:(?P<down>降低|减小|小|低)|提高|增大|大|高)了?\s*{_N}\s*(?:分贝|db)"),
    ("decibels", rf"(?:\+|(?P<down>[-−]))\s*{_N}\s*(?:db|分贝)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preset:
    """Ready-made instruction."""

    en: str
    zh: str


PRESETS: tuple[Preset, ...] = (
    Preset("Speak slowly.", "请慢一点说。"),
    Preset("Speak very fast.", "请非常快速地说。"),
    Preset("Speak in a higher pitch.", "请用更高的音调说，音调高一点。"),
    Preset("Speak in a deep, low voice.", "请用低沉的声音说。"),
    Preset("Speak loudly.", "请大声说。"),
    Preset("Speak softly.", "请轻声说。"),
    Preset("Speak gently.", "请温柔地说。"),
    Preset("Whisper.", "请用耳语说。"),
    Preset("Sound happy.", "请开心地说。"),
    Preset("Sound very excited.", "请非常兴奋地说。"),
    Preset("Sound sad.", "请悲伤地说。"),
    Preset("Sound angry.", "请愤怒地说。"),
    Preset("Sound afraid.", "请害怕地说。"),
    Preset("Sound surprised.", "请惊讶地说。"),
    Preset("Stay calm, with long pauses.", "请平静地说，停顿长一点。"),
    Preset("Speak like a robot, in a monotone.", "请像机器人一样单调地说。"),
    Preset("20% faster and 2 semitones lower.", "语速加快20%，降低2个半音。"),
    Preset("As slowly as possible, but not too softly.", "请尽可能慢，不要太轻声。"),
)


@dataclass(frozen=True, slots=True)
class EventTag:
    """Tag for an event in the text, or for a span of its words (`is_span`); `zh` is its Chinese name."""

    name: str
    zh: str
    is_span: bool = False

    @property
    def opening(self) -> str:
        """Return the tag, or the opening tag of a span."""
        return f"<{self.name}>" if self.is_span else f"[{self.name}]"

    @property
    def closing(self) -> str:
        """Return the closing tag of a span, else ""."""
        return f"</{self.name}>" if self.is_span else ""

    @property
    def capability(self) -> str:
        """Return the capability of engines that support the tag."""
        return f"{'span' if self.is_span else 'event'}:{self.name}"


EVENT_TAGS: tuple[EventTag, ...] = (
    EventTag("pause", "停顿"),
    EventTag("breath", "呼吸"),
    EventTag("quick_breath", "急促呼吸"),
    EventTag("sigh", "叹气"),
    EventTag("whisper", "开始耳语"),
    EventTag("laughter", "笑声"),
    EventTag("cough", "咳嗽"),
    EventTag("clucking", "弹舌"),
    EventTag("hissing", "嘶声"),
    EventTag("lipsmack", "咂嘴"),
    EventTag("strong", "重读", is_span=True),
    EventTag("laughter", "笑着说", is_span=True),
)
