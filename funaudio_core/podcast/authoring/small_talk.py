"""Words that a host may add to those of the source: they say nothing about the subject."""

from __future__ import annotations

import re

from funaudio_core.podcast.terms import stem

SMALL_TALK = frozenset(
    map(
        stem,
        "absolutely actually ah alright amazing answer answers ask asked asking begin beginning bet bit bring "
        "brings certainly clever come comes continue course curious dear detail details eager episode "
        "everybody everyone exactly exciting explain explains fascinating feel feels follow following follows "
        "friend friends glad great guess happen happened happens hear heard hello hi hmm host idea ideas "
        "imagine important impressive incredible indeed interested interesting intriguing know known lead "
        "leading leads learn learned learning like listen listener listeners listening look looking looks "
        "love lovely matter matters maybe moment move moving oh okay oops part parts picture piece place play "
        "plays point points question questions ready reason reasons remarkable remember right role section "
        "sense share show shows sound sounds speaking start starting stories story sure surprise surprised "
        "surprising talk talking tell thank thanks today topic totally true turn turning understand wait "
        "welcome well wonder wonderful wondering word words work works wow yeah yes".split(),
    )
)
SMALL_TALK_CHARACTERS = frozenset(
    "的了和是就都而及与着或一个我们你们他们它们在也很到说要去你会看自己这那她他它您吗呢吧啊呀么之为以于因此被把从对让将还又再能可没不有"
    "来听众大家好今天节目部分先后面接着下首然真觉得想知道明白懂请问题答事情意思时候样怎什谁哪何哦嗯哇错当非常太更特别趣奇厉害"
    "故话谈聊介绍告诉继续开始结束原如所但过且其实应该给些点段里中上底究竟前现刚才起已经两位次回呵哈各关讲便像只跟做读念落嘛咱呗请"
)
NUMBER = re.compile(
    r"\d+(?:[.,:]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|"
    r"billions?|dozens?|half|twice|centur(?:y|ies)|decades?)\b|"
    r"[〇零一二三四五六七八九十百千万亿]{2,}|[二三四五六七八九十百千万亿](?=[年月日号个人公里米吨次座种岁度点世代])",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|no|never|nobody|nothing|none|neither|nor|without|\w+n['’]t)\b|不(?!过)|没|无|未|非(?!常)|(?<!特)别(?!的)",
    re.IGNORECASE,
)
