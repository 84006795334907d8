"""Words of questions and of their answers, in English and Chinese."""

from __future__ import annotations

import re

from funaudio_core.podcast.terms import stem

EXPLAINS = re.compile(r"\b(?:why|how)\b(?! (?:many|much|high|far|long|old))|为什么|为何|怎么|如何", re.IGNORECASE)
QUESTION_MARK = re.compile(r"[?？]\s*$")
ASKS = re.compile(
    r"^(?:(?:and|but|so|ok|okay|well|please|sorry|hey|um)[\s,]+)*(?P<asking>who|whom|whose|what|when|where|why|which|how|is|are|"
    r"was|were|do|does|did|can|could|will|would|has|have|had|should|tell me|tell us|explain|i (?:want|would like|'d like) "
    r"to know|do you know|i wonder)\b",
    re.IGNORECASE,
)
ASKS_CHINESE = re.compile(
    r"什么|谁|哪|为何|为什么|怎么|怎样|如何|多少|多大|多高|多远|多长|多久|几|吗|呢|是不是|有没有|是否|能不能|何时|何地|介绍|告诉我|说说|讲讲"
)
KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (  # question, what its answer holds
    (
        re.compile(r"\b(?:when|what year|which year)\b|何时|什么时候|哪一?年|几几年"),
        re.compile(r"\d{3,4}|\bcentury\b|年|世纪"),
    ),
    (
        re.compile(
            r"\b(?:how (?:many|much|high|tall|far|long|old|big|deep|often|heavy|fast))\b|多少|多高|多远|多长|多久|多大|几"
        ),
        re.compile(
            r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|"
            r"thousand|million|dozen|twice|once|half)\b|[一二三四五六七八九十百千万两]"
        ),
    ),
    (re.compile(r"\bwho(?:m|se)?\b|谁"), re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]+|·|人|家|师")),
    (re.compile(r"\bwhere\b|哪里|哪儿|在哪|何处"), re.compile(r"\b(?:in|at|on|near|of)\s+(?:the\s+)?[A-Z]|在|于")),
    (re.compile(r"\bwhy\b|为什么|为何"), re.compile(r"\b(?:because|so that|since|therefore|to)\b|因为|为了|所以|由于")),
)
# Words that say which kind of answer is wanted: they help to rank sentences, but an answer needn't hold them.
OPTIONAL = frozenset(
    map(
        stem,
        "year years kind number call called name named happen happened reason person man woman show host episode "
        "interesting explain wonder hear listen talk want work today possible exactly actually find know sees see "
        "high tall far long old big deep far away wide heavy fast often day material different".split(),
    )
)
SYNONYMS = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "invent discover create design found develop showed introduced kind",
        "build built construct erect make",
        "end destroy fall collapse ruin ruins lost carried demolish",
        "die died death killed",
        "begin start open opened first",
        "buy cost price paid pay",
        "ship ships boat boats vessel",
        "house home live lived",
        "child children son daughter",
        "live inhabit",
    )
)
CHINESE_ASKING = re.compile(
    r"是谁|是?哪[国里年个位座些儿]?[人家]?|什么样?|为什么|为何|怎么样?|怎样|如何|多少[个座年]?|多[大高远长久]|几[个座年次]?|谁|吗|呢|是不是|有没有|请问|告诉我"
)


def asking_words(words: str) -> list[str]:
    """Return the words with which a question asks, such as "who" or "tell me"; none if the words ask nothing."""
    start = ASKS.match(words.strip())
    return [*([start["asking"]] if start else []), *ASKS_CHINESE.findall(words)]
