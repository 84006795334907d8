"""Ten sentences per language for bench/speech/tts.py, written for it."""

SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "The old bridge was closed for three weeks after the storm.",
        "Could you please turn down the music before the baby wakes up?",
        "My grandmother grows tomatoes, beans and onions behind the house.",
        "We missed the last bus, so we walked home under the stars.",
        "The doctor said that fresh air would help more than medicine.",
        "Nobody noticed the small bird sitting on the window ledge.",
        "Turn left at the church, then follow the river for two miles.",
        "She had never seen so much snow in a single night!",
        "The museum opens at ten and closes at half past five.",
        "I think we should buy the tickets today, not tomorrow.",
    ),
    "es": (
        "El puente viejo estuvo cerrado tres semanas después de la tormenta.",
        "¿Puedes bajar la música antes de que se despierte el niño?",
        "Mi abuela cultiva tomates y cebollas detrás de la casa.",
        "Perdimos el último autobús y volvimos andando bajo las estrellas.",
        "El médico dijo que el aire fresco ayudaría más que la medicina.",
        "Nadie vio el pequeño pájaro que estaba en la ventana.",
        "Gira a la izquierda en la iglesia y sigue el río.",
        "Nunca había visto tanta nieve en una sola noche.",
        "El museo abre a las diez y cierra a las cinco y media.",
        "Creo que deberíamos comprar las entradas hoy, no mañana.",
    ),
    "fr": (
        "Le vieux pont est resté fermé pendant trois semaines après la tempête.",
        "Peux-tu baisser la musique avant que le bébé se réveille ?",
        "Ma grand-mère cultive des tomates et des oignons derrière la maison.",
        "Nous avons raté le dernier bus et nous sommes rentrés à pied.",
        "Le médecin a dit que l'air frais lui ferait du bien.",
        "Personne n'a vu le petit oiseau posé sur la fenêtre.",
        "Tournez à gauche devant l'église, puis suivez la rivière.",
        "Elle n'avait jamais vu autant de neige en une seule nuit.",
        "Le musée reste fermé le lundi, même pendant les vacances.",
        "Je pense que nous devrions acheter les billets aujourd'hui.",
    ),
    "it": (
        "Il vecchio ponte è rimasto chiuso tre settimane dopo la tempesta.",
        "Puoi abbassare la musica prima che il bambino si svegli?",
        "Mia nonna coltiva pomodori e cipolle dietro la casa.",
        "Abbiamo perso l'ultimo autobus e siamo tornati a piedi.",
        "Il medico ha detto che l'aria fresca aiuta più della medicina.",
        "Nessuno ha visto il piccolo uccello sulla finestra.",
        "Giri a sinistra alla chiesa e segua il fiume.",
        "Non aveva mai visto tanta neve in una sola notte.",
        "Il museo apre alle dieci e chiude alle cinque e mezza.",
        "Penso che dovremmo comprare i biglietti oggi, non domani.",
    ),
    "pt": (
        "A ponte velha ficou fechada três semanas depois da tempestade.",
        "Você pode baixar a música antes que o bebê acorde?",
        "Minha avó planta tomates e cebolas atrás da casa.",
        "Perdemos o último ônibus e voltamos para casa a pé.",
        "O médico disse que o ar fresco ajudaria mais do que o remédio.",
        "Ninguém viu o pequeno pássaro que estava na janela.",
        "Vire à esquerda na igreja e siga o rio.",
        "Ela nunca tinha visto tanta neve em uma só noite.",
        "O museu abre às dez e fecha às cinco e meia.",
        "Acho que devemos comprar as entradas hoje, não amanhã.",
    ),
    "zh": (
        "那座老桥在暴风雨之后关闭了三个星期。",
        "孩子快要醒了，你能把音乐关小一点吗？",
        "我奶奶在房子后面种了西红柿和洋葱。",
        "我们错过了最后一班公共汽车，只好走路回家。",
        "医生说新鲜空气比药更有用。",
        "谁也没有看见窗户上的那只小鸟。",
        "请在教堂前面向左转，然后沿着河边走。",
        "她从来没有在一个晚上见过这么大的雪。",
        "博物馆上午十点开门，下午五点半关门。",
        "我觉得我们应该今天买票，不要等到明天。",
    ),
    "ja": (
        "古い橋は嵐のあと三週間閉まっていました。",
        "赤ちゃんが起きる前に、音楽を小さくしてください。",
        "祖母は家の後ろで野菜を作っています。",
        "最後のバスに間に合わなかったので、歩いて帰りました。",
        "薬よりも新しい空気のほうがいいと医者は言いました。",
        "窓の上の小さな鳥に誰も気がつきませんでした。",
        "教会の前を左に曲がって、川に沿って歩いてください。",
        "彼女は一晩でこんなに雪が降るのを見たことがありません。",
        "美術館は十時に開いて、五時半に閉まります。",
        "明日ではなく、今日切符を買ったほうがいいと思います。",
    ),
    "hi": (
        "तूफ़ान के बाद पुराना पुल तीन हफ़्ते बंद रहा।",
        "क्या आप संगीत थोड़ा धीमा कर सकते हैं?",
        "मेरी दादी घर के पीछे टमाटर और प्याज उगाती हैं।",
        "हमारी आखिरी बस छूट गई, इसलिए हम पैदल घर आए।",
        "डॉक्टर ने कहा कि ताज़ी हवा दवा से बेहतर है।",
        "खिड़की पर बैठी छोटी चिड़िया को किसी ने नहीं देखा।",
        "मंदिर के पास बाएँ मुड़ें और नदी के साथ चलें।",
        "उसने एक रात में इतनी बर्फ कभी नहीं देखी थी।",
        "संग्रहालय दस बजे खुलता है और पाँच बजे बंद होता है।",
        "मुझे लगता है कि हमें टिकट आज ही खरीदना चाहिए।",
    ),
}

# Ten words, and a text of 322 words that opens with the same sentence.
TEN_WORDS = "The ferry leaves the island at noon, whatever the weather."
_MORE = (
    "On board there is a small kitchen that sells soup and bread, and most passengers know the cook by name. ",
    "He came here as a boy, stayed for one summer, and somehow never found a reason to leave again. ",
)
THREE_HUNDRED_WORDS = TEN_WORDS + " " + "".join(_MORE) * 8

# Forty words without a pause; its beginnings are sentences of fewer words.
LONG_SENTENCE = (
    "The gardener who lives behind the old mill walks to the market every morning with a basket of fresh herbs that "
    "she sells to the cooks of the small hotels along the harbour before the early ferries bring the guests"
)
