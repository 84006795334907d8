"""Words and phrases that express an emotion, by language; written for this project.

Entries are separated by commas. A final * stands for any ending; in Chinese and Japanese entries match anywhere.
Words that are common without the emotion ("like", "well", "back") are left out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Word lists of one language.

    Attributes:
        emotions: Entries by code of labels.EMOTIONS.
        negations: Entries that negate an emotion near them.
        boosters: Entries that strengthen it.
        dampers: Entries that weaken it.
    """

    emotions: dict[str, str]
    negations: str
    boosters: str
    dampers: str


LEXICONS: dict[str, Lexicon] = {
    "en": Lexicon(
        {
            "happy": """
                happy, happier, happiest, glad, delighted, joy*, wonderful, great news, good news, love it,
                love you, fantastic, awesome, thrilled, excited, can't wait, proud, cheerful, lovely, won,
                i passed, thank you so much, celebrat*, got the job, having a baby, promoted, laugh*, best day,
                so much fun, grateful, thankful, relieved, perfect, congratulations, hooray, yay
            """,
            "sad": """
                sad, sadder, sadly, unhappy, miss you, miss my, miss our, miss him, miss her, miss them,
                lonely, alone, cry, cries, crying, cried, tears, heartbroken, broken heart, depressed,
                hopeless, died, dead, death, passed away, funeral, lost my, grief, sorrow, broke up, bad day,
                feel bad, feeling down, feel down, left me, gave up, disappointed, miserable, no one came,
                nobody came, failed, sorry for your loss
            """,
            "angry": """
                angry, anger, mad at, furious, hate, hates, annoy*, fed up, sick of, outrage*, unacceptable,
                ridiculous, unfair, not fair, how dare, shut up, stupid, idiot*, liar, lied to me, rage,
                irritat*, pissed, my fault again, leave me alone, damn, enough of this, frustrat*, rude,
                cheated, blamed
            """,
            "fear": """
                afraid, scared, scary, fear*, terrified, terrifying, frighten*, nervous, worried, worry,
                anxious, anxiety, panic*, horror, nightmare*, danger*, threat*, help me, help us, trembling,
                shaking, what if, can't sleep, dread*
            """,
            "surprise": """
                surprise*, surprising, can't believe, cannot believe, unbelievable, unexpected*, wow,
                oh my god, astonish*, amazed, shocked, no way, really?, what a surprise, out of nowhere,
                never expected, incredible, suddenly
            """,
        },
        "not, no, never, don't, can't, couldn't, wouldn't, doesn't, didn't, isn't, wasn't, aren't, weren't, won't, "
        "without, hardly, nothing",
        "very, so, really, extremely, absolutely, totally, incredibly, too, completely, deeply, terribly",
        "a bit, a little, slightly, somewhat, kind of, sort of, rather",
    ),
    "es": Lexicon(
        {
            "happy": """
                feliz, felices, content*, alegr*, encantad*, maravillos*, estupend*, genial, fantástic*,
                buena noticia, orgullos*, me encanta, te quiero, qué bien, gané, ganamos, ganado, aprobé,
                aprobado, ilusión, emocionad*, felicidades, disfrut*, divertid*, agradecid*, mejor día, risa*
            """,
            "sad": """
                trist*, llor*, lágrima*, me siento sol*, soledad, extraño a, te extraño, de menos, murió,
                muerto, falleci*, funeral, perdí, deprimid*, desanimad*, desesperanz*, pena, dolor,
                decepcionad*, me dejó, fracas*, nadie vino
            """,
            "angry": """
                enfadad*, enojad*, furios*, rabia, odio, odia, harto, harta, molest*, indignad*, inaceptable,
                injust*, ridícul*, cállate, estúpid*, idiota*, mentiros*, me mintió, me mintieron, qué descaro,
                basta ya, déjame en paz, insoportable, vergüenza
            """,
            "fear": """
                miedo, asustad*, asust*, temor, temo, aterra*, terror, nervios*, preocupa*, ansios*, ansiedad,
                pánico, peligro*, pesadilla*, socorro, ayúda*, angustia*, tiembl*
            """,
            "surprise": """
                sorpres*, sorprend*, increíble, no lo puedo creer, no me lo creo, no me lo puedo creer,
                no puedo creer, inesperad*, asombr*, de repente, vaya, madre mía, no me esperaba, de verdad?,
                guau, imposible
            """,
        },
        "no, nunca, jamás, sin, tampoco, nada",
        "muy, tan, mucho, mucha, muchísimo, totalmente, realmente, demasiado, súper, completamente",
        "un poco, algo, ligeramente",
    ),
    "fr": Lexicon(
        {
            "happy": """
                heureu*, content*, ravi*, joie, joyeu*, génial*, merveilleu*, formidable*, super nouvelle,
                bonne nouvelle, fier, fière, j'adore, je t'aime, enchanté*, gagné, réussi, félicitations,
                bravo, fantastique*, amus*, rire, rigol*, hâte, soulagé*, meilleur jour, magnifique*
            """,
            "sad": """
                triste*, tristesse, pleur*, larme*, seul, seule, solitude, me manque*, tu me manques, mort,
                morte, décédé*, funérailles, enterrement, perdu, déprimé*, désespoir, désespéré*, chagrin,
                déçu*, m'a quitté*, échoué, malheureu*, personne n'est venu, peine
            """,
            "angry": """
                en colère, colère, furieu*, énerv*, fâché*, déteste, haine, marre, ras le bol, agac*,
                inadmissible, inacceptable, injuste, ridicule, tais-toi, stupide, idiot*, menteu*, m'a menti,
                honteu*, insupportable, laisse-moi tranquille, scandaleu*, ça suffit
            """,
            "fear": """
                peur, effray*, terrifi*, terreur, crain*, nerveu*, inquiet, inquiète*, angoiss*, anxieu*,
                panique*, danger*, cauchemar*, au secours, aidez-moi, aide-moi, tremble*, stressé*, redoute
            """,
            "surprise": """
                surpris*, surprise, incroyable, j'y crois pas, n'y crois pas, n'en reviens pas, inattendu*,
                étonn*, stupéf*, soudain, oh là là, waouh, pas possible, ça alors, m'attendais pas
            """,
        },
        "pas, jamais, sans, plus, aucun, aucune, ni",
        "très, tellement, si, trop, vraiment, extrêmement, complètement, totalement",
        "un peu, légèrement, plutôt",
    ),
    "it": Lexicon(
        {
            "happy": """
                felic*, content*, gioia, allegr*, meraviglios*, fantastic*, bellissim*, che bello,
                buona notizia, ottima notizia, orgoglios*, adoro, ti amo, ti voglio bene, vinto, promoss*,
                superato, congratulazioni, auguri, entusiast*, divert*, non vedo l'ora, grat* di cuore, risate,
                evviva, il giorno più bello
            """,
            "sad": """
                trist*, piang*, pianto, lacrime, sol* al mondo, mi sento sol*, solitudine, mi manca, mi manchi,
                mi mancano, mort*, funerale, perso, depress*, disperat*, dolore, delus*, mi ha lasciat*,
                fallit*, bocciat*, nessuno è venuto, infelice*, scoraggiat*
            """,
            "angry": """
                arrabbia*, rabbia, furios*, furibond*, odio, odia, stuf*, infastidit*, irritat*, inaccettabile,
                ingiust*, ridicol*, stai zitt*, zitto, stupid*, idiot*, bugiard*, mi ha mentito, vergogn*,
                insopportabile, lasciami in pace, adesso basta, maledett*
            """,
            "fear": """
                paura, spaventat*, spavent*, terrorizzat*, terrore, timore, temo, nervos*, preoccup*, ansi*,
                panico, pericol*, incub*, aiuto, tremo, angosci*
            """,
            "surprise": """
                sorpres*, sorprend*, incredibile, non ci credo, non ci posso credere, non posso credere,
                inaspettat*, stupit*, stupore, all'improvviso, davvero?, accidenti, non me l'aspettavo,
                mamma mia, wow
            """,
        },
        "non, mai, senza, nemmeno, neanche",
        "molto, così, tanto, davvero, troppo, estremamente, completamente, veramente",
        "un po', un poco, leggermente",
    ),
    "pt": Lexicon(
        {
            "happy": """
                feliz, felizes, content*, alegr*, maravilhos*, ótima notícia, boa notícia, fantástic*,
                incrível dia, orgulhos*, adoro, amei, te amo, que bom, ganhei, ganhamos, passei na, passei no,
                aprovad*, parabéns, animad*, divertid*, grat* por, melhor dia, emocionad*, mal posso esperar,
                risad*
            """,
            "sad": """
                trist*, chor*, lágrima*, sozinh*, solidão, saudade*, sinto falta, muita falta, sinto sua falta,
                morreu, morte, faleceu, enterro, funeral, perdi, deprimid*, desesper*, desanimad*, dor,
                decepcionad*, me deixou, fracass*, ninguém veio, infeliz, reprovei
            """,
            "angry": """
                zangad*, raiva, furios*, irritad*, ódio, odeio, chega disso, cansei de, de saco cheio,
                inaceitável, injust*, ridícul*, cala a boca, estúpid*, idiota*, mentiros*, mentiu para mim,
                absurdo, insuportável, me deixa em paz, vergonha, fart*, revoltad*
            """,
            "fear": """
                medo, assustad*, assust*, pavor, apavorad*, terror, temo, nervos*, preocupad*, ansios*,
                ansiedade, pânico, perig*, pesadelo*, socorro, tremendo, aflit*
            """,
            "surprise": """
                surpres*, surpreend*, inacreditável, incrível, não acredito, não posso acreditar, inesperad*,
                espantad*, de repente, nossa, uau, não esperava, sério?, caramba
            """,
        },
        "não, nunca, jamais, sem, nem, nada",
        "muito, tão, demais, realmente, totalmente, completamente, extremamente, super",
        "um pouco, meio, levemente",
    ),
    "hi": Lexicon(
        {
            "happy": """
                खुश, ख़ुश, खुशी, ख़ुशी, प्रसन्न, आनंद, मज़ा, मजा, शानदार, बढ़िया, अच्छी खबर, अच्छी ख़बर,
                खुशखबरी, जीत, जीता, जीते, बधाई, गर्व, धन्यवाद, प्यारा, हँसी, हंसी, उत्साहित, सफल, पास हो
            """,
            "sad": """
                दुखी, दुख, दुःख, उदास, रो, रोना, रोया, रोई, रो रहा, रो रही, आँसू, आंसू, अकेला, अकेली, अकेलापन,
                याद आती, याद आ, मौत, गुज़र, गुजर, मर, निधन, निराश, टूट, खो, असफल, फेल, कोई नहीं आया
            """,
            "angry": """
                गुस्सा, गुस्से, ग़ुस्सा, नाराज़, नाराज, क्रोध, नफरत, नफ़रत, बकवास, चुप रहो, बेवकूफ, बेवकूफ़,
                मूर्ख, झूठा, झूठ, परेशान कर, तंग आ, अन्याय, बर्दाश्त, शर्म, धोखा
            """,
            "fear": """
                डर, डरा, डरी, डरता, डरती, भय, भयानक, घबरा, घबराहट, घबराया, चिंता, चिंतित, खतरा, ख़तरा, खतरनाक,
                दहशत, बचाओ, काँप, कांप, बुरा सपना
            """,
            "surprise": """
                आश्चर्य, हैरान, हैरानी, चकित, अचानक, यकीन नहीं, विश्वास नहीं, अरे वाह, वाह, सच में?,
                उम्मीद नहीं, अविश्वसनीय, कमाल
            """,
        },
        "नहीं, मत, बिना",
        "बहुत, इतना, इतनी, बेहद, सचमुच, एकदम, काफी",
        "थोड़ा, थोड़ी, कुछ",
    ),
    "zh": Lexicon(
        {
            "happy": """
                开心, 高兴, 快乐, 幸福, 太好了, 太棒了, 棒极了, 喜欢, 好消息, 兴奋, 激动, 恭喜, 祝贺, 骄傲,
                自豪, 赢了, 通过了, 考上, 哈哈, 谢谢你, 感谢, 欣慰, 满意, 期待, 好极了, 完美
            """,
            "sad": """
                难过, 伤心, 悲伤, 哭, 眼泪, 流泪, 孤独, 孤单, 寂寞, 想念, 去世, 死了, 葬礼, 失去, 失业, 失恋,
                分手, 沮丧, 绝望, 失望, 心碎, 可怜, 遗憾, 失败, 没有人来, 没人来, 痛苦, 郁闷, 不及格
            """,
            "angry": """
                生气, 愤怒, 气死, 恼火, 讨厌, 可恶, 受够了, 不像话, 烦死, 太过分, 过分, 不公平, 荒唐, 闭嘴,
                混蛋, 笨蛋, 骗子, 骗我, 骗了我, 恨, 凭什么, 滚, 忍无可忍, 无法接受, 岂有此理, 发火
            """,
            "fear": """
                害怕, 怕, 恐惧, 恐怖, 可怕, 吓, 紧张, 担心, 焦虑, 恐慌, 危险, 噩梦, 救命, 救我, 救救, 发抖,
                不安, 睡不着, 惊慌
            """,
            "surprise": """
                惊讶, 吃惊, 惊喜, 没想到, 想不到, 不敢相信, 难以置信, 居然, 竟然, 突然, 天哪, 天啊, 哇, 真的吗,
                意外, 不可思议, 不会吧
            """,
        },
        "不,没,没有,从不,毫无,并非",
        "很,非常,太,特别,真,好,极,十分,超,完全",
        "有点,有些,稍微,一点",
    ),
    "ja": Lexicon(
        {
            "happy": """
                嬉し, うれし, 楽し, たのし, 幸せ, しあわせ, 最高, 素晴らし, すばらし, よかった, 良かった,
                大好き, おめでとう, やった, 合格, 勝った, ワクワク, わくわく, 喜, 感謝, ありがとう, 誇り,
                ほっとし
            """,
            "sad": """
                悲し, かなし, 寂し, さびし, さみし, 泣, 涙, 辛い, つらい, 辛く, つらく, 亡くな, 死んだ, 葬式,
                失恋, 別れた, 別れて, 落ち込, 絶望, がっかり, 残念, 孤独, 独りぼっち, ひとりぼっち, 会いたい,
                失敗, 誰も来, 失った, 切ない
            """,
            "angry": """
                怒, 腹が立, 腹立, むかつ, ムカつ, 許せない, 許さない, ふざけ, うるさい, 黙れ, だまれ, 最低,
                嘘つき, 嘘をつ, うそつき, 大嫌い, いい加減に, あり得ない, ありえない, イライラ, いらいら, バカ,
                馬鹿, 不公平, 頭にき, 頭に来, うんざり
            """,
            "fear": """
                怖, こわい, こわく, 恐, 不安, 心配, 緊張, ドキドキ, 震え, 危な, 危険, 悪夢, 助けて, パニック,
                眠れな
            """,
            "surprise": """
                驚, びっくり, ビックリ, 信じられな, まさか, 思わなかった, 突然, いきなり, 意外, 嘘でしょ,
                うそでしょ, 本当に？, え？, えっ, なんと, すごい偶然
            """,
        },
        "くない,くなか,くあり,じゃな,ではな,ない,ませ",
        "とても,すごく,本当に,ほんとに,非常に,めっちゃ,かなり,あまりにも,大変",
        "少し,ちょっと,やや",
    ),
}
