"""Tables of feelings: cues of the narrator, and words of the quotation, as regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeelingWords:
    """Cues of one language.

    Attributes:
        cues: Words of the narrator by emotion, strong ones.
        hints: Words of the narrator by emotion that don't decide alone.
        words: Words of the quotation by emotion.
        negation: Ends the text before a cue that is denied.
        whisper: Words of the narrator for a whisper.
        soft: Words for a low voice.
        loud: Words for a loud voice.
    """

    cues: dict[str, re.Pattern[str]]
    hints: dict[str, re.Pattern[str]]
    words: dict[str, re.Pattern[str]]
    negation: re.Pattern[str]
    whisper: re.Pattern[str]
    soft: re.Pattern[str]
    loud: re.Pattern[str]


def _english(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {emotion: re.compile(rf"\b(?:{words})", re.IGNORECASE) for emotion, words in patterns.items()}


def _chinese(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {emotion: re.compile(words) for emotion, words in patterns.items()}


ENGLISH = FeelingWords(
    cues=_english(
        {
            "happy": "laugh(?:ed|ing|s|ter)?\\b|smil(?:ed|ing|es?)\\b|grinn|grins?\\b|merr(?:ily|y\\b)|gai?ly\\b|cheer(?:ful|il|ed)|"
            "delight|joy|ecsta|happ(?:y|ily)\\b|gladly\\b|beam(?:ed|ing)|chuckl|giggl|excited|enthusias|triumph|playful|twinkl|radian|"
            "exult|jubilant|with glee|gleeful|clapp(?:ed|ing)|danc(?:ed|ing)|rapture|overjoyed|relief|hugg(?:ed|ing)|embrac",
            "sad": "pleaded\\b|implor|sob|wept\\b|weep|tears?\\b|tearful|wail|moan|groan|sorrow|sad(?:ly|ness)?\\b|mourn|despair|gloom|miserabl|wretched|"
            "crumpled|broken(?:ly| voice|-hearted)|plaintive|melanchol|grie[fv]|pitifully|disconsol|forlorn|heartbroken|despond|"
            "dejected|cried bitterly|crying\\b(?=\\.|;| again| now|$)|bitterly|choked|lament|anguish",
            "angry": "ang(?:er|ry|rily)\\b|furious|fury\\b|indignan|stern(?:ly)?\\b|sever(?:ely|ity)\\b|sharply\\b|fierce|crossly\\b|irritab|"
            "irritat|rage[ds]?\\b|raging|through (?:his|her|my|their) (?:\\w+ )?teeth|snapp?ed\\b|snarl|growl|roar|thunder(?:ed|ing)|"
            "bellow|barked\\b|stormed\\b|fum(?:ed|ing)|slamm|slapp|bang(?:ed|ing)|stamp(?:ed|ing)|clench|scowl|glar(?:ed|ing)|hissed\\b|"
            "spat\\b|swore\\b|curs(?:ed|ing)|hotly\\b|wrath|struck the|flung|hurled|crushed in|thump(?:ed|ing)|pounded|violently|savagely|exasperat|resentful|"
            "impatien|threaten|retorted\\b|demanded\\b(?= .*(?:hotly|loudly))|outraged|livid|flushed with",
            "fear": "trembl|shak(?:ing|en|y)\\b|shook\\b(?! (?:his|her|my|their) heads?| hands)|shiver|terrifi|terror|frighten|fear|afraid|"
            "horror|horrified|pale\\b|white (?:as|with|lips|face)|whimper|stammer|falter|quaver|nervous|anxious|scream|shriek|panic|"
            "dread|timid|crack(?:ed)?\\b|alarm|agitat|uneas|breathless|cower|shrank|voice came out very small|sweat",
            "surprise": "astonish|surpris|amaz|startl|gap(?:ed|ing) |eyes wid|wide[- ]eyed|wide eyes|opened .{0,12}eyes|incredul|"
            "bewilder|blinked\\b|gasp|dumbfound|thunderstruck|taken aback|in wonder|wondering(?:ly)?|went very still|jump(?:ed)? up|"
            "mouth fell open|dropped (?:his|her|the)|sat bolt|halted|started (?:up|back)",
            "disgust": "disgust|sneer|contempt|scorn|disdain|grimac|curl(?:ed|ing) (?:his|her|a) lip|loath|scoff|snort|wrinkl\\w+ (?:his|her) "
            "nose|revulsion|turned up (?:his|her) nose|pushed .{0,20} away|shudder",
        }
    ),
    hints=_english(
        {
            "happy": "eager|warmly\\b|bright(?:ly|ened)|pleas(?:ed|ure)|light(?:ly|-hearted)|fondly|teas(?:ed|ing)",
            "sad": "hoarse|sigh|begg(?:ed|ing)|low(?:ly)?\\b|heavily\\b|faint(?:ly)?\\b|broke\\b|bowed|entreat|softly and",
            "angry": "shout|yell|coldly\\b|cold voice|icily|curt|abruptly|harsh|loudly|rudely|reproach|contradict|frown",
            "fear": "whisper|hesitat|swallow|nervous|glanc\\w+ (?:over|around|behind)|bit (?:his|her) lip|urgent|hurried",
            "surprise": "stared\\b|exclaim|cried\\b|repeated\\b|echoed\\b|turned (?:round|sharply)|looked up",
            "disgust": "drawl|shrugg",
        }
    ),
    words=_english(
        {
            "happy": "hurra[hy]?|hooray|bravo|wonderful|splendid|capital\\b|delighted|delightful|how glad|so glad|so happy|i(?:’|')?m happy|"
            "what a fine|merry christmas|congratulations|ha,? ha|thank (?:god|heaven|goodness)|charming|lovely|at last!|well done|"
            "good news|marvellous|excellent|we won|i love|god save you|welcome home",
            "sad": "alas|dead\\b|died\\b|dying\\b|never see|sorry\\b|miserabl|lonely|heart is br|broken heart|farewell|goodbye|"
            "gone for ever|i have lost|lost (?:him|her|everything|my)|forgive me|poor (?:boy|girl|child|thing|soul|man|fellow)|"
            "god help|woe|too late|miss (?:him|her|you)",
            "angry": "how dare|nonsense|fool|scoundrel|villain|rascal|damn|confound|get out|hold your tongue|shut up|liar|lies\\b|insolen|"
            "impertinen|enough!|tiresome|vexing|idiot|wretch|humbug|bah\\b|blasphemy|traitor|beg your pardon\\?|none of your|abuse|"
            "shame on|you ought to be ashamed|be silent|silence!|blockhead|outrage|rude|stop (?:it|that)|leave me alone|what right|"
            "nobody told|i forbid|devil take|rubbish|hang (?:him|it|you)",
            "fear": "help!|help me|save me|for god(?:’|')s sake|mercy|look out|watch out|run!|don(?:’|')t hurt|frightened|"
            "i(?:’|')m (?:so )?(?:afraid|scared)|god keep|what shall (?:i|we) do|they(?:’|')re coming|hide!|we(?:’|')re lost|don(?:’|')t leave",
            "surprise": "(?<![\\w] )what[?!]|good (?:heavens|god|gracious|lord)|great heavens|my god|gracious|dear me|is it possible|impossible|"
            "can(?:’|')t believe|who(?:’|')d have|really\\?|you\\?|never!|oh my|what on earth|how extraordinary|bless my|upon my word",
            "disgust": "disgusting|vile\\b|filthy|loathsome|revolting|ugh|pah\\b|hateful|horrid|nasty|detest|dreadful smell|stinks",
        }
    ),
    negation=re.compile(
        r"(?:\bwithout|\bnot|n[’']t|\bno|\bnever|\bnor|\bhardly|\bfar from)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
    ),
    whisper=re.compile(r"whisper|under (?:his|her|my|their) breath|\bbreathed\b", re.IGNORECASE),
    soft=re.compile(
        r"murmur|softly|low(?:er(?:ed|ing))? .{0,8}voice|quietly|in a low|half whisper|mutter|gently|undertone",
        re.IGNORECASE,
    ),
    loud=re.compile(
        r"shout|yell|scream|shriek|roar|bellow|bawl|call(?:ed)? out|cried out|at the top of|thunder|loudly|holler",
        re.IGNORECASE,
    ),
)
CHINESE = FeelingWords(
    cues=_chinese(
        {
            "happy": "(?<![冷苦嘲讥狞奸傻惨假陪赔暗堆微])笑(?!话)|大喜|欢喜|喜|高兴|快活|乐|开心|兴奋|欢呼|得意|眼睛亮|喜滋滋|兴高采烈|眉开眼笑|拍手",
            "sad": "哭|泪|哽咽|抽泣|啜泣|呜咽|悲|伤心|难过|凄|哀|泣|眼圈|低了下去|黯然|沉痛|惨然|绝望|呜呜|长叹|红了眼|心酸|苦笑",
            "angry": "怒|吼|喝(?!彩|采|了?口|酒|茶|水|道?“?好)|骂|斥|拍案|往.{0,6}一[扔摔甩砸拍]|提高了?(?:嗓门|声音)|拍着桌|瞪(?!大)|咬牙|气得|气呼呼|气冲冲|生气|气急|恼|发火|跺脚|跺着脚|厉声|拧成|愤|"
            "没好气|摔|恶狠狠|火冒|铁青|涨红了脸|青筋|叉腰|发作|啪地|叫骂|暴跳|狠狠",
            "fear": "颤|发抖|哆嗦|抖|害怕|惊慌|慌|战战兢兢|恐|吓|怯|结结巴巴|惶|紧张|冷汗|脸色(?:煞|苍|惨|发|刷)|面如土色|失色|磕头|叩头|心虚|猛地一沉|缩",
            "surprise": "吃了?一?惊|惊讶|惊奇|惊喜|大惊|一惊|惊叫|惊呼|愣|怔|诧异|愕|目瞪口呆|瞪大|睁大|弹了起来|呆住|蒙住|失声|变了|不敢相信|奇怪|讶|跳起来|张大",
            "disgust": "厌|鄙|不屑|嗤|冷笑|啐|撇|轻蔑|恶心|讥|嘲|皱着?眉|捂着?鼻|嫌",
        }
    ),
    hints=_chinese(
        {
            "happy": "微笑|堆笑|亲热|爽快|高声|热情|轻快|大叫起来",
            "sad": "叹|低声|沉默|垂|低着头|求|轻轻|无力|沙哑",
            "angry": "嚷|叫道|喊|大声|冷冷|冷声|急|瞪大|争辩|质问|逼|板着脸|沉下脸|抹了一把",
            "fear": "小声|悄声|急|忙|央求|求|低着头|压低|吞吞吐吐|喘",
            "surprise": "忙问|急问|脱口|突然|忽然|惊|大叫|喊|抬起头|急忙",
            "disgust": "淡淡|哼",
        }
    ),
    words=_chinese(
        {
            "happy": "太好了|恭喜|哈哈|真好|妙|太棒|^.{0,2}好[！!]|大喜|终于|万岁|痛快|好嘞|真香|谢谢|有趣",
            "sad": "对不起|可怜|死了|没了|命苦|再也|舍不得|孤零|呜呜|永别|痛煞|怎么办啊|苦啊|悔|想你|回不来|罢了",
            "angry": "岂有此理|混账|混蛋|滚|住口|闭嘴|住嘴|胡说|放肆|大胆|可恶|该死|畜生|狗(?!子)|贼|竟敢|也敢|凭什么|不像话|找死|无耻|孽障|谁动|你这|还说|"
            "你敢|休想|欺人太甚|老匹夫|呸|忘恩",
            "fear": "救命|饶命|饶了|别杀|快跑|小心|不敢|怎么办|不好了|有鬼|不得了|糟了|害怕|我怕",
            "surprise": "^[“「『]?(?:什么|啊|咦|哎呀|哎哟|天哪|天啊|哈|阿呀|你|怎么|真的|什麼|原来)[呀哪啊]{0,2}[？！?!，…]|怎么会|没想到|竟然?|不会吧|这……|居然|怎么是你|原来是",
            "disgust": "恶心|呸|下流|肮脏|臭|无耻|瞧不起|什么东西|也配",
        }
    ),
    negation=re.compile(r"(?:不|没有?|毫无|并未|未曾|莫|别|休|无)[\u4e00-\u9fff]?$"),
    whisper=re.compile(r"耳语|悄声|悄悄|附耳|压低|低低"),
    soft=re.compile(r"低声|小声|轻声|轻轻|柔声|喃喃|低下去|嘟囔|嘀咕"),
    loud=re.compile(r"喊|吼|嚷|大叫|大声|高声|喝道|怒喝|尖叫|惊叫|咆哮|呼喊"),
)
TABLES = {"en": ENGLISH, "zh": CHINESE}
