"""Words of the commands of a listener, in English and Chinese: patterns of whole utterances."""

from __future__ import annotations

import re

NEXT, SKIP, REPEAT, SLOWER, FASTER, STOP, RESUME, WHO = (
    "next",
    "skip",
    "repeat",
    "slower",
    "faster",
    "stop",
    "resume",
    "who",
)
COMMANDS = (NEXT, SKIP, REPEAT, SLOWER, FASTER, STOP, RESUME, WHO)
POLITE = re.compile(
    r"^(?:(?:ok(?:ay)?|well|um+|uh+|er+|hey|hi|hello|oh|ah|no|yes|yeah|sorry|excuse me|wait|hold on|please|now|so|and|"
    r"but|alright|all right|guys|everyone|this is (?:dull|boring)|(?:i am|i'm) bored|boring|dull|"
    r"(?:could|can|would|will) (?:you|we)|would you mind|do you mind|i(?:'d| would) (?:like|love|prefer)(?: you)? to|"
    r"i want(?: you)? to|i would rather|let's|let us|you (?:can|may)|maybe|just|kindly)[\s,.!]+)+"
)
TRAILING = re.compile(
    r"(?:[\s,]+(?:please|thanks|thank you|now|for me|then|guys|ok(?:ay)?|if you can|if possible|will you|would you))+$"
)
_A_BIT = r"(?:(?:a )?(?:little|bit|little bit|lot|touch)(?: more)? |much |even |more )?"
_WISH = r"(?:i want|i(?:'d| would) (?:like|love|prefer|rather have))(?: to (?:hear|have))?"
_TOPIC = r"(?:topic|subject|part|section|theme|chapter|story|item|question|point|thing|one)"
_IT_IS = r"(?:you(?:'re| are)? (?:speak(?:ing)? |talk(?:ing)? |read(?:ing)? |go(?:ing)? )?|(?:that|this|it)(?:'s| is| was) )?"
ENGLISH: tuple[tuple[str, str], ...] = (
    (
        NEXT,
        rf"(?:(?:go|move|jump|skip|get|switch|turn|hear|have|take)(?:ping|ing)? (?:on |ahead |over )?(?:to )?|"
        rf"(?:give|tell|show|read) (?:me|us) |{_WISH} )?"
        rf"(?:the |a |some )?"
        rf"(?:next|another|different|new) {_TOPIC}(?: of the show)?"
        rf"|next|another one"
        rf"|(?:(?:go|move|jump|get|switch|turn|change)(?:ping|ing)? (?:on |over )?to |(?:give|tell) (?:me|us) |hear |{_WISH} )?"
        rf"(?:something|anything) (?:else|different|new|more interesting)"
        rf"|(?:talk|speak|tell us|tell me|hear)(?:ing)? about (?:something|anything) (?:else|different)"
        rf"|(?:change|changing|switch) (?:the )?(?:topic|subject)s?"
        rf"|(?:move|moving) on|skip (?:this|the|that) {_TOPIC}|(?:(?:give|tell) (?:me|us)|{_WISH}|take|try) another(?: one)?"
        rf"|enough (?:of|about) (?:this|that)(?: (?:topic|subject))?",
    ),
    (
        SKIP,
        r"skip(?: (?:this|that|it|ahead|on|this (?:sentence|line|bit)|that (?:sentence|line|bit)|forward))?|"
        r"(?:go|jump) (?:forward|ahead)(?: a (?:bit|little))?|next (?:sentence|line)|fast forward",
    ),
    (
        REPEAT,
        r"(?:repeat|repeating)(?: (?:that|it|this|yourself|the (?:last|previous) (?:sentence|part|line|bit)|the sentence|"
        r"what (?:you|he|she|they) (?:just )?said))?(?: again)?(?: once more)?"
        r"|say (?:that|it|this)(?: (?:again|once more|one more time))|again|once more|one more time|come again"
        r"|what did (?:you|he|she|they) (?:just )?say|pardon(?: me)?|i (?:didn't|did not|couldn't) (?:catch|hear|get|follow) (?:that|it|you)"
        r"|i(?:'ve| have)? missed (?:that|it|(?:what|something) you (?:just )?said|the last (?:sentence|part|line|bit))"
        r"|go back(?: a (?:bit|little|sentence))?|rewind|read (?:that|it) again|play (?:that|it) again|what was that",
    ),
    (
        SLOWER,
        rf"(?:(?:speak|talk|go|read|say it|speaking|talking|be) )?{_A_BIT}(?:slower|more slowly|slowly)(?: down)?"
        rf"|slow(?:ing)? (?:it )?down(?: a (?:bit|little|little bit))?"
        rf"|{_IT_IS}(?:way |much |far |a (?:little )?bit |a little )?too fast(?: for me)?"
        rf"|not so fast|don't (?:speak|talk|go) so fast|reduce the speed|lower the speed",
    ),
    (
        FASTER,
        rf"(?:(?:speak|talk|go|read|say it|speaking|talking|be) )?{_A_BIT}(?:faster|more quickly|quicker)"
        rf"|speed(?:ing)? (?:it )?up(?: a (?:bit|little|little bit))?|hurry up"
        rf"|{_IT_IS}(?:way |much |far |a (?:little )?bit |a little )?too slow(?: for me)?"
        rf"|not so slow(?:ly)?",
    ),
    (
        STOP,
        r"(?:stop|stopping|pause|quit|halt|end)(?: (?:it|that|now|here|talking|speaking|playing|the show|the podcast|there|"
        r"for a (?:moment|minute|second|while)))*|be quiet|quiet|shut up|silence|that's (?:enough|all)|that is enough|"
        r"enough|hold it|take a break",
    ),
    (
        RESUME,
        r"(?:go|carry|keep) (?:on|going|talking)|continue(?: (?:the show|please|reading|playing))?|resume|play(?: on)?|"
        r"proceed|never ?mind|nothing|start again|back to the show|go on with (?:it|the show)",
    ),
    (
        WHO,
        r"(?:who (?:is|are|'s)|who's) (?:this|that|it|you|speaking|talking|speaking (?:now|here)|talking (?:now|here)|"
        r"there|the (?:speaker|host)|it (?:that is|that's) (?:speaking|talking))(?: (?:now|right now|please|speaking|talking))?"
        r"|(?:who|which (?:one )?(?:of you|host)) (?:is|was) (?:speaking|talking|that|it)(?: (?:now|just now|right now))?"
        r"|what(?:'s| is) your name|who am i (?:talking|speaking|listening) to|who said that",
    ),
)
# A pause if nothing else is said: "Hold on. Who was he?" is a question.
HOLD = re.compile(
    r"(?:(?:please|just|ok(?:ay)?|hey|no) )*(?:(?:hold|hang) on|wait(?: up)?|(?:a|one|just a) (?:moment|second|minute|sec))"
    r"(?: (?:for )?(?:a|one) (?:moment|second|minute|sec|bit|while))?(?: please)?"
)
CHINESE_HOLD = re.compile(
    r"(?:先|请|你们?|麻烦)*(?:等一下|等一等|等等|等一会儿?|等会儿?|稍等(?:一下|片刻|一会儿?)?|且慢)"
)
CHINESE_POLITE = re.compile(
    r"^(?:请问?|麻烦(?:你们|您|你)?|你们|您|你|咱们|我们|能不能|可不可以|能否|可以|能|好的?|嗯|啊|哦|喂|那个?|先|就|等一下|等等|停一下|"
    r"对不起|不好意思|抱歉|我想(?:要|请你)?|我要|帮我|给我|无聊|没意思|太无聊了|没劲|这个(?:太)?无聊|不要|[，,。！!、])+"
)
CHINESE_TRAILING = re.compile(r"(?:[吧吗呢啊呀啦了嘛]|好吗|好不好|行吗|可以吗|谢谢|一下|[。！？!?，,])+$")
_CHINESE_TOPIC = r"(?:话题|主题|题目|内容|部分|段|章|节|问题|故事|新闻)"
CHINESE: tuple[tuple[str, str], ...] = (
    (
        NEXT,
        rf"(?:换|说说?|讲讲?|聊聊?|谈谈?|来|听|到|进入|跳到)?(?:下一?|另一?|另外一|别的|其他的?)(?:个|条|段|章|节)?{_CHINESE_TOPIC}?"
        rf"|换一?(?:个|条|点|段)(?:别的|其他的?|(?:更|比较)?(?:新|有意思|有趣|好玩)的?)?{_CHINESE_TOPIC}?|换{_CHINESE_TOPIC}|换别的|再来一?个|再换一?个|"
        rf"(?:说说?|讲讲?|聊聊?)(?:点|些)?(?:别的|其他的?)|跳过这(?:个|段|一?部分|一?节)?{_CHINESE_TOPIC}?|下一个",
    ),
    (SKIP, r"(?:这句话?|这一句|那句)跳过|跳过(?:去|它|这句|这一句|这句话|那句)?|快进|往后跳?|下一句"),
    (
        REPEAT,
        r"(?:再|重新|重)(?:说|讲|读|念|来|听|放|播)(?:一?遍|一次|一下)?|重复(?:一?遍|一次|一下|刚才的?话?)?|"
        r"(?:刚才|刚刚)?(?:你|您|他|她)?(?:刚才|刚刚)?(?:说|讲)(?:了)?(?:的)?(?:是)?(?:什么|啥)|"
        r"(?:我)?(?:没|没有)听(?:清楚?|见|到|懂)|(?:上一句|刚才那句)(?:再说|是什么|再来)?(?:一?遍)?|倒回去|回放|再来一?遍",
    ),
    (
        SLOWER,
        r"(?:再)?(?:说|讲|读|念|放)?(?:得)?(?:再)?慢(?:一?点儿?|一些|些|下来|着点)?(?:说|讲|读)?|太快|说得?太快|讲得?太快|"
        r"(?:说|讲)(?:得)?太快|(?:别|不要)(?:说|讲)?(?:那么|这么)快|放慢(?:速度|语速)?|(?:语速|速度)(?:放)?慢(?:一?点儿?|一些|些)?|慢慢(?:说|讲)",
    ),
    (
        FASTER,
        r"(?:再)?(?:说|讲|读|念|放)?(?:得)?(?:再)?快(?:一?点儿?|一些|些)(?:说|讲|读)?|太慢|(?:说|讲)(?:得)?太慢|"
        r"加快(?:速度|语速)?|(?:语速|速度)(?:再)?快(?:一?点儿?|一些|些)?|(?:别|不要)(?:说|讲)?(?:那么|这么)慢",
    ),
    (
        STOP,
        r"停(?:止|下来?|一停|播放?)?|先停(?:下来?|在这里)?|暂停(?:播放)?|(?:别|不要)(?:再)?(?:说|讲|播|放)|闭嘴|安静(?:一点|点)?|"
        r"够|结束(?:节目)?|休息(?:一会儿?)?|到此为止|停止播放",
    ),
    (RESUME, r"继续(?:说|讲|播放?|听|节目)?|接着(?:说|讲|来|听)|往下(?:说|讲)|没事|算|没什么|开始|恢复(?:播放)?"),
    (
        WHO,
        r"(?:现在|刚才|刚刚|这)?(?:是)?(?:谁|哪位)(?:在|是)?(?:说话?|讲话?|说的|讲的)?(?:的)?|(?:现在|正在)?(?:说|讲)话?的(?:人)?是(?:谁|哪位)|"
        r"(?:叫)?什么名字|你叫什么(?:名字)?|哪(?:一)?位(?:主持人)?(?:在说话?|在讲话?)?|主持人是(?:谁|哪位)|"
        r"(?:现在|刚才)?说话的是哪位(?:主持人)?|叫什么",
    ),
)
