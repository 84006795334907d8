"""Terms of a text and their weights: words in English and other spaced languages, pairs of characters in Chinese."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from funaudio_core.podcast.pace import is_spaced

Weights = dict[str, float]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|第[一二三四五六七八九十百]+")
_SUFFIXES = ("ingly", "edly", "ings", "ies", "ing", "ed", "es", "ly", "s")
MIN_STEM_CHARACTERS = 4
STOP_WORDS = frozenset(
    "a about above after again all also although always am an and another any anyone are as at away be because "
    "been before being below between both but by came can cannot come could did do does doing done down during "
    "each either else enough even ever every few first for from further get gets give go goes going got had has "
    "have having he her here hers him his how however i if in indeed instead into is it its itself just know "
    "last let like little long made make many may me might more most mr mrs much must my myself never new no nor "
    "not nothing now of off often on once one only or other others our out over own part people perhaps put "
    "quite rather really said same saw say says see seem seemed she should since so some something soon still "
    "such take tell than that the their theirs them themselves then there these they thing things think this "
    "those though through thus time to too told two under until up upon us use used very was way we well went "
    "were what when where whether which while who whole whom whose why will with within without would yet you "
    "your yours text book please mean means question answer".split()
)
STOP_CHARACTERS = frozenset(
    "的了和是就都而及与着或一个没有我们你们他们它们在也很到说要去你会看自己这那她他它我您吗呢吧啊呀么之为以其于因此被把从对让将还又再已能可"
)
_CHINESE_STOP_TERMS = frozenset(
    "什么 怎么 怎样 为什 多少 哪里 哪个 哪些 谁的 时候 可以 因为 所以 但是 如果 虽然 然后 这个 那个 这些 那些 "
    "一些 一种 已经 还有 没有 不是 就是 文章 文中 书中 请问 知道 告诉 关于 有没 是否 几个 几种".split()
)


def terms_of(text: str, language: str) -> list[str]:
    """Return the terms of a text in order, without words that carry no meaning."""
    if is_spaced(language):
        words = (match[0].casefold().replace("’", "'") for match in _WORD.finditer(text))
        words_alone = (word.removesuffix("'s") for word in words)
        return [stem(word) for word in words_alone if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]
    terms = [match[0].casefold() for match in _LATIN.finditer(text)]
    for run in _HAN_RUN.findall(text):
        terms += [pair for pair in map("".join, pairwise(run)) if _is_meaningful(pair)]
    return terms


def _is_meaningful(pair: str) -> bool:
    return pair not in _CHINESE_STOP_TERMS and not any(char in STOP_CHARACTERS for char in pair)


def stem(word: str) -> str:
    """Return a word without its inflection, roughly, so that "bridges" and "bridge" are one term."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= MIN_STEM_CHARACTERS - (suffix == "s"):
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                return word
            bare = word[: -len(suffix)] + ("y" if suffix == "ies" else "")
            if suffix in ("ing", "ed", "ings") and bare[-1:] == bare[-2:-1] and bare[-1:] not in "lse":
                bare = bare[:-1]
            return bare.removesuffix("e")
    return word.removesuffix("e") if len(word) > MIN_STEM_CHARACTERS else word


def inverse_frequency(documents: Sequence[Iterable[str]]) -> Weights:
    """Return the weight of each term: the rarer it is in the documents, the greater."""
    counts = Counter(term for document in documents for term in set(document))
    return {term: math.log(1 + (len(documents) - count + 0.5) / (count + 0.5)) for term, count in counts.items()}


def unit_vector(terms: Iterable[str], rarity: Mapping[str, float]) -> Weights:
    """Return the TF-IDF vector of terms with a norm of 1; empty without known terms."""
    weights = {term: (1 + math.log(count)) * rarity.get(term, 0.0) for term, count in Counter(terms).items()}
    norm = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / norm for term, weight in weights.items()} if norm else {}


def dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the dot product of two vectors."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[term] for term, weight in one.items() if term in other)
