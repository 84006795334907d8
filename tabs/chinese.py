"""The Chinese of every phrase that the library and the pages make. A table; knows no page and no task."""

from __future__ import annotations

from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES, name

# English template -> Chinese template, with the same placeholders.
CHINESE: dict[str, str] = {
    # status lines
    "Listening…": "正在聆听……",
    "Thinking…": "正在思考……",
    "Loading {engine}…": "正在加载 {engine}……",
    "The hotwords have {given:,} characters; {engine} takes {most:,} at most. Keep those that matter.": (
        "热词共 {given:,} 个字符，{engine} 最多接受 {most:,} 个。请只保留重要的。"
    ),
    "Downloading {engine}: {done:.0f} of {total:.0f} MB, this first time only…": (
        "正在下载 {engine}：{done:.0f} / {total:.0f} MB，仅首次需要……"
    ),
    "{engine}, {size:.0f} MB to download": "{engine}，需下载 {size:.0f} MB",
    "by voice": "据声音",
    "Speaking…": "正在朗读……",
    "Translating…": "正在翻译……",
    "Stopping…": "正在停止……",
    "Stopped.": "已停止。",
    "Interrupted.": "已打断。",
    "Heard {heard:.0f} of {seconds:.0f} s…": "已识别 {heard:.0f} 秒，共 {seconds:.0f} 秒……",
    "Part {part} of {parts}: heard {heard:.0f} of {seconds:.0f} s…": (
        "第 {part} 部分，共 {parts} 部分：已识别 {heard:.0f} 秒，共 {seconds:.0f} 秒……"
    ),
    "Heard {done} of {parts} parts.": "已识别 {done} 部分，共 {parts} 部分。",
    "A clip of {length} is heard to its end: Continue shows all of it.": (
        "一段 {length}的音频已全部识别：点“继续”即可查看全部。"
    ),
    "A clip of {length} is not heard to its end: {done} of {parts} parts are done.": (
        "一段 {length}的音频尚未识别完：已完成 {done} 部分，共 {parts} 部分。"
    ),
    "heard by {engine}": "由 {engine} 识别",
    "Listening to the reference…": "正在聆听参考音频……",
    "Examining the reference…": "正在检查参考音频……",
    "Reading the instruction…": "正在理解指令……",
    "{engine} is reading…": "{engine} 正在读取文本……",
    "Speaking: {seconds:.1f} s made…": "正在合成：已完成 {seconds:.1f} 秒……",
    "Checking the take…": "正在自检……",
    "The self-check asks for another take: {number} of {tries}…": ("自检未通过，再试：第 {number} 次，共 {tries} 次……"),
    "Take {number} of {tries}: {seconds:.1f} s made…": "第 {number} 次，共 {tries} 次：已完成 {seconds:.1f} 秒……",
    "Making the neutral take to compare with…": "正在合成用于对比的中性版本……",
    "Speaking the edited translation…": "正在朗读修改后的译文……",
    "Spoken by {engine}.": "由 {engine} 合成。",
    "Done in {seconds:.1f} s; spoken by {engine}.": "完成，用时 {seconds:.1f} 秒；由 {engine} 合成。",
    "first sound after {seconds:.1f} s": "{seconds:.1f} 秒后开始发声",
    "{first_sound}, all in {seconds:.1f} s; spoken by {engine}": (
        "{first_sound}，全部用时 {seconds:.1f} 秒；由 {engine} 合成"
    ),
    "understood through English": "经英语理解",
    "Error": "出错了",
    "Warning": "请注意",
    # tables and drawings
    "start": "开始",
    "end": "结束",
    "language": "语言",
    "emotion": "情绪",
    "text": "文本",
    "Timeline of speech, emotion and events": "语音、情绪与声音事件的时间线",
    "{start:.1f}–{end:.1f} s": "{start:.1f}–{end:.1f} 秒",
    "{emotion} {confidence:.0%} ({basis})": "{emotion} {confidence:.0%}（{basis}）",
    "words": "依据文字",
    "tags": "依据模型标签",
    "words + prosody": "依据文字和韵律",
    "nothing: no word list for {language}": "没有依据：缺少{language}词表",
    "original": "原文",
    "translation": "译文",
    "Word error rate": "词错误率",
    "Character error rate": "字错误率",
    "heard again as: {heard}": "重新识别为：{heard}",
    "a recogniser that knows the language can't be used here, or not for all of it": (
        "懂得该语言的识别引擎在此无法使用，或未能听完全部"
    ),
    "(nothing)": "（无内容）",
    "Similarity": "相似度",
    "voice against the reference": "音色与参考音频相比",
    "First audio": "首段音频",
    "from the order to the first sentence, without the examination of the reference": (
        "从提交到第一句的时间，不含检查参考音频"
    ),
    "Real-time factor": "实时率",
    "below 1 is faster than real time": "小于 1 即快于实时",
    "Self-check: ✓ passes": "自检：✓ 通过",
    "Self-check: – not checked whether the words are understood": "自检：– 未检查能否听懂",
    "Self-check: ⚠ not passed; try other words or a cleaner clip": "自检：⚠ 未通过，请换一种说法或使用更干净的音频",
    "neutral take": "中性版本",
    "instructed": "按指令",
    "pitch (median F0)": "音高（基频中位数）",
    "melody (spread of F0)": "语调起伏（基频离散度）",
    "level": "音量",
    "rate": "语速",
    "voiced frames": "浊音帧",
    "semitones": "半音",
    "onsets/s": "音节/秒",
    "share": "占比",
    "{seconds:.1f} s": "{seconds:.1f} 秒",
    "{seconds:.2f} s": "{seconds:.2f} 秒",
    "{seconds:.1f} s used": "使用 {seconds:.1f} 秒",
    "{count:g} s": "{count:g} 秒",
    "{count} min": "{count} 分钟",
    "{count} h": "{count} 小时",
    "{first} {then}": "{first}{then}",
    "after {seconds:.1f} s": "在 {seconds:.1f} 秒之后",
    "from its start": "从开头起",
    "from {source} to {target}": "从{source}到{target}",
    # models and voices
    "lite": "轻量版",
    "full": "完整版",
    "remote": "远程版",
    "Words, with prosody as a hint": "文字情绪（韵律为辅）",
    "GE2E speaker encoder": "GE2E 说话人编码器",
    "{engine} ({tier})": "{engine}（{tier}）",
    "{name} ({origin}, {sex})": "{name}（{origin}，{sex}）",
    "American": "美式",
    "British": "英式",
    "Mandarin": "普通话",
    "Brazilian": "巴西",
    "{language}, {emotion} (example clip)": "{language}，{emotion}（示例音频）",
    "your own clip…": "你自己的音频……",
    "female": "女声",
    "male": "男声",
    # instructions: what was understood
    "speed ×{factor}": "语速 ×{factor}",
    "pitch {semitones} semitones": "音高 {semitones} 半音",
    "melody ×{factor:.2f}": "语调起伏 ×{factor:.2f}",
    "level {decibels} dB": "音量 {decibels} dB",
    "pauses ×{factor:.1f}": "停顿 ×{factor:.1f}",
    "a trembling voice": "声音颤抖",
    "whispered": "耳语",
    "emotion: {emotion}": "情绪：{emotion}",
    "extremely {wish}": "极其{wish}",
    "very {wish}": "非常{wish}",
    "slightly {wish}": "略微{wish}",
    "not {wish}": "不要{wish}",
    "slow": "慢",
    "fast": "快",
    "high": "高音调",
    "low": "低音调",
    "loud": "大声",
    "soft": "轻声",
    "gentle": "温柔",
    "monotone": "单调",
    "lively": "生动",
    "long pauses": "长停顿",
    "short pauses": "短停顿",
    "whisper": "耳语",
    "excited": "兴奋",
    "calm": "平静",
    "tired": "疲惫",
    "serious": "严肃",
    "like the news": "播音腔",
    "laughter needs the full tier": "笑声需要完整版模型",
    "dialects and accents need the full tier": "方言和口音需要完整版模型",
    "singing is not offered": "不支持唱歌",
    "age and sex come with the voice: choose another one": "年龄和性别由音色决定：请换一个音色",
    "roles need the full tier": "角色扮演需要完整版模型",
    "coughs and the like need the full tier": "咳嗽等声音需要完整版模型",
    "{engine} is told, word for word: “{words}”": "原文交给 {engine} 的指令：“{words}”",
    "{engine} is told nothing: the voice speaks as it does in its clip.": (
        "没有给 {engine} 任何指令：音色按参考音频中的方式说话。"
    ),
    "very happy": "非常开心",
    "very sad": "非常伤心",
    "very angry": "非常生气",
    "as slowly as possible": "尽可能慢",
    "as fast as possible": "尽可能快",
    "as loudly as possible": "尽可能大声",
    "in a very soft voice": "非常轻柔",
    "like a robot": "机器人",
    "like Peppa Pig": "小猪佩奇",
    "Sichuan dialect": "四川话",
    "Northeastern dialect": "东北话",
    "Shanghai dialect": "上海话",
    "Southern Min": "闽南话",
    "Henan dialect": "河南话",
    "Shaanxi dialect": "陕西话",
    "Shandong dialect": "山东话",
    "Tianjin dialect": "天津话",
    "Hunan dialect": "湖南话",
    "Hubei dialect": "湖北话",
    "Jiangxi dialect": "江西话",
    "Guizhou dialect": "贵州话",
    "Yunnan dialect": "云南话",
    "Shanxi dialect": "山西话",
    "Gansu dialect": "甘肃话",
    "Ningxia dialect": "宁夏话",
    "Wuhan dialect": "武汉话",
    "No wish was understood: the text is spoken as it is. Pick one from the list to see how.": (
        "没有理解到任何要求，文本将按原样朗读。可从列表中选一条看看写法。"
    ),
    "not understood: {words}": "未理解：{words}",
    # the prompt doctor
    "A good reference: clear, one voice, long enough.": "参考音频良好：清晰、单人、时长足够。",
    "The clip is silent. Check the microphone, or upload another clip.": "音频没有声音。请检查麦克风，或上传其他音频。",
    "There is music in the clip. Use one with the voice alone.": "音频中有音乐。请使用只有人声的音频。",
    "Silence at the edges was trimmed ({before:.1f} s before, {after:.1f} s after).": (
        "已裁掉首尾静音（开头 {before:.1f} 秒，结尾 {after:.1f} 秒）。"
    ),
    "Only the first {cut:.1f} of {seconds:.0f} s are used, cut at a pause.": (
        "全长 {seconds:.0f} 秒，只使用前 {cut:.1f} 秒，在停顿处截断。"
    ),
    "Only {seconds:.1f} s of speech; at least {least:.0f} s are needed, {low:.0f} to {high:.0f} are best. "
    "Record a longer clip.": (
        "语音只有 {seconds:.1f} 秒；至少需要 {least:.0f} 秒，以 {low:.0f} 到 {high:.0f} 秒为佳。请录制更长的音频。"
    ),
    "{seconds:.1f} s is short; the voice comes nearer with {enough:.0f} s or more.": (
        "{seconds:.1f} 秒偏短；{enough:.0f} 秒以上音色会更接近。"
    ),
    "{share:.1%} of the samples are clipped. Record with less gain.": "有 {share:.1%} 的采样削波。请降低录音增益。",
    "Speech stands only {level:.0f} dB above the noise. Record in a quiet room, closer to the microphone.": (
        "语音只比噪声高 {level:.0f} dB。请在安静的房间里靠近麦克风录制。"
    ),
    "The clip is noisy ({level:.0f} dB above the noise); a quieter room helps.": (
        "音频有噪声（语音高出噪声 {level:.0f} dB）；换个更安静的房间会更好。"
    ),
    "The speech is faint ({level:.0f} dB). Record closer to the microphone.": (
        "语音太轻（{level:.0f} dB）。请靠近麦克风录制。"
    ),
    "The sound ends at {band:.1f} kHz, as over a telephone. Use a full recording.": (
        "声音只到 {band:.1f} kHz，像电话录音。请使用全频带录音。"
    ),
    "{share:.0%} of the clip is silence. Cut the pauses or speak on.": (
        "音频有 {share:.0%} 是静音。请剪掉停顿，或连续说话。"
    ),
    "No speech was heard in the clip. Use one in which somebody speaks clearly.": (
        "音频中没有听到语音。请使用有人清楚说话的音频。"
    ),
    "The transcript holds no words; what was heard is used instead.": "填写的文字中没有词语，改用识别结果。",
    "The transcript does not match ({rate:.0%} differs): heard “{heard}”. Correct it or empty the box.": (
        "文字与音频不符（相差 {rate:.0%}）：听到的是“{heard}”。请改正或清空。"
    ),
    "The two halves sound like different people (similarity {alike:.2f}). Use one speaker only.": (
        "前后两半听起来像不同的人（相似度 {alike:.2f}）。请只用一位说话人的音频。"
    ),
    # sound files
    "a clip": "音频",
    "a reference": "参考音频",
    "a recording of what to say": "要说的内容的录音",
    "There is no audio yet. Upload or record {what}, or click an example.": (
        "还没有音频。请上传或录制{what}，或点击示例。"
    ),
    "There is no reference yet. Upload or record 3 to 30 s of one speaker, or click an example.": (
        "还没有参考音频。请上传或录制 3 到 30 秒的单人语音，或点击示例。"
    ),
    "Export the clip again, for example as 16-bit WAV or MP3.": "请重新导出音频，例如 16 位 WAV 或 MP3。",
    "{file} is longer than {limit}. Cut it into shorter clips.": "{file} 超过 {limit}。请剪成较短的音频。",
    "{file} lasts {seconds:.2f} s; at least {least:g} s are needed. Record a longer clip.": (
        "{file} 只有 {seconds:.2f} 秒，至少需要 {least:g} 秒。请录制更长的音频。"
    ),
    "There is no file {file}. Upload or record the clip again.": "找不到文件 {file}。请重新上传或录制。",
    "{file} is empty (0 bytes). Upload or record the clip again.": "{file} 是空文件（0 字节）。请重新上传或录制。",
    "{file} is not a sound file that can be read, or it is damaged. {remedy}": (
        "{file} 不是可读取的音频文件，或已损坏。{remedy}"
    ),
    "{file} is cut off: it says {declared:,} bytes but holds {actual:,}. {remedy}": (
        "{file} 不完整：标明 {declared:,} 字节，实际只有 {actual:,} 字节。{remedy}"
    ),
    "{file} is cut off: it says {declared:.1f} s but holds {actual:.1f} s. {remedy}": (
        "{file} 不完整：标明 {declared:.1f} 秒，实际只有 {actual:.1f} 秒。{remedy}"
    ),
    "{file} has no audio track. Choose a file with sound.": "{file} 没有音轨。请选择有声音的文件。",
    "{file} changes its sample rate on the way. {remedy}": "{file} 的采样率中途改变。{remedy}",
    "{file} is damaged {where} and can't be decoded. {remedy}": "{file} {where}已损坏，无法解码。{remedy}",
    "{file} holds no sound that can be decoded. {remedy}": "{file} 中没有可解码的声音。{remedy}",
    "The clip is empty. Record or upload at least a second of sound.": "音频是空的。请录制或上传至少一秒的声音。",
    "The clip holds no samples. Record a longer one.": "音频中没有采样。请录制更长的音频。",
    "The clip holds samples that are not numbers. Export it again, for example as 16-bit WAV.": (
        "音频中有无效的采样值。请重新导出，例如 16 位 WAV。"
    ),
    "The samples reach {top:.3g}; floats must lie within [-1, 1]. {remedy}": (
        "采样值达到 {top:.3g}，浮点采样必须在 [-1, 1] 之间。{remedy}"
    ),
    "A sample rate of {rate} Hz is outside {low} to {high} Hz.": "采样率 {rate} Hz 不在 {low} 到 {high} Hz 之间。",
    "The stream began at {before} Hz and now brings {now} Hz. Start it again.": (
        "音频流开始时为 {before} Hz，现在变为 {now} Hz。请重新开始。"
    ),
    "Audio must be mono float32; got shape {shape}, {type}. Convert it with audio.from_array().": (
        "音频必须是单声道 float32，得到的是形状 {shape}、类型 {type}。请用 audio.from_array() 转换。"
    ),
    "An array of shape {shape} has too many channels; give (samples, channels).": (
        "形状为 {shape} 的数组声道太多；应为 (samples, channels)。"
    ),
    "An array of shape {shape} is no sound; give (samples,) or (samples, channels).": (
        "形状为 {shape} 的数组不是声音；应为 (samples,) 或 (samples, channels)。"
    ),
    "Samples of type {type} are not understood; give uint8, int16, int32 or float.": (
        "不支持类型为 {type} 的采样；请使用 uint8、int16、int32 或浮点数。"
    ),
    "There is nothing to join. Give at least one piece of audio.": "没有可拼接的内容。请至少给出一段音频。",
    "Pieces at {rates} Hz can't be joined. Resample them to one rate first.": (
        "采样率为 {rates} Hz 的片段无法拼接。请先统一采样率。"
    ),
    "{pieces} pieces have {joins} joins, but {gaps} gaps were given.": (
        "{pieces} 个片段有 {joins} 处连接，却给出了 {gaps} 个间隔。"
    ),
    "The clip ({seconds:.1f} s) is silent. Check the microphone and record again.": (
        "音频（{seconds:.1f} 秒）没有声音。请检查麦克风后重新录制。"
    ),
    "The clip lasts {seconds:.2f} s; pitch needs at least {least} s. Record a longer one.": (
        "音频只有 {seconds:.2f} 秒，测量音高至少需要 {least} 秒。请录制更长的音频。"
    ),
    # hearing
    "Nobody speaks in this clip. Give a clip with speech in it.": "音频中没有人说话。请提供有语音的音频。",
    "Nobody speaks in this clip. The timeline shows what else was heard; try a clip with speech in it.": (
        "音频中没有人说话。时间线显示了听到的其他声音；请换一段有语音的音频。"
    ),
    "No speech was heard in the clip ({seconds:.1f} s). Speak closer to the microphone.": (
        "音频（{seconds:.1f} 秒）中没有听到语音。请靠近麦克风说话。"
    ),
    "No speech was found in the clip, so its language can't be told. Record a spoken sentence.": (
        "音频中没有语音，无法判断语种。请录一句话。"
    ),
    "The clip ({seconds:.1f} s) holds only {speech:.1f} s of speech; a voice needs at least {least} s, "
    "better 5 to 15 s. Record a longer clip, closer to the microphone.": (
        "音频（{seconds:.1f} 秒）中只有 {speech:.1f} 秒语音；提取音色至少需要 {least} 秒，最好 5 到 15 秒。"
        "请靠近麦克风录制更长的音频。"
    ),
    "The clip holds no voiced speech, so its pitch is unknown. Record a normal, unwhispered sentence.": (
        "音频中没有浊音，无法得知音高。请用正常声音（不要耳语）录一句话。"
    ),
    "Live captions can't keep up: {seconds:.0f} s of sound are still unread. Stop the microphone and try again when "
    "fewer people are here, or record a clip and use the file tab.": (
        "实时字幕跟不上：还有 {seconds:.0f} 秒声音未识别。请关闭麦克风，等使用的人少些再试，"
        "或录成音频后在“音频文件”页识别。"
    ),
    "The {language} in the clip could not be put into English. Say it again, slower.": (
        "音频中的{language}无法译成英语。请放慢再说一遍。"
    ),
    "A window of {window:g} s every {hop:g} s can't be read. Give a window of {low:g} to {high:g} s and a hop of at "
    "most that.": ("无法按每 {hop:g} 秒、窗长 {window:g} 秒读取。窗长应为 {low:g} 到 {high:g} 秒，步长不超过窗长。"),
    "An error rate needs a reference with words in it; got {text!r}. Type what was to be said.": (
        "计算错误率需要含有词语的参考文本，得到的是 {text!r}。请输入应说的内容。"
    ),
    "A real-time factor needs audio; got {seconds:g} s. Give a clip that holds sound.": (
        "计算实时率需要音频，得到的是 {seconds:g} 秒。请提供有声音的音频。"
    ),
    # speaking
    "There is no text to speak. Type a sentence first.": "没有要朗读的文本。请先输入一句话。",
    "The text holds only symbols, nothing that can be spoken. Add some words.": (
        "文本中只有符号，无法朗读。请加上文字。"
    ),
    "The text holds only symbols and tags, nothing that can be spoken. Add some words.": (
        "文本中只有符号和标签，无法朗读。请加上文字。"
    ),
    "The text has {count:,} characters; at most {most:,} are spoken at once. Shorten or split it.": (
        "文本有 {count:,} 个字符，一次最多朗读 {most:,} 个。请缩短或分段。"
    ),
    "The instruction has {count:,} characters; at most {most} are read. Shorten it.": (
        "指令有 {count:,} 个字符，最多 {most} 个。请缩短。"
    ),
    "Nothing was spoken. Add some words to the text.": "没有合成任何语音。请在文本中加上文字。",
    "Nothing in the text can be read aloud in {language}. Choose its own language.": (
        "文本中没有能用{language}朗读的内容。请选择文本本身的语言。"
    ),
    "A speed of {speed:g} is outside {low:g} to {high:g}.": "语速 {speed:g} 不在 {low:g} 到 {high:g} 之间。",
    "{who} does not do {language}. Choose one of: {choices}.": "{who} 不支持{language}。请从中选择：{choices}。",
    "{code!r} is not a language code we know. Choose one of: {choices}.": (
        "{code!r} 不是已知的语言代码。请从中选择：{choices}。"
    ),
    "The text looks like {guess}, but {chosen} is chosen; it would be read with the wrong sounds. "
    "Choose {better} or change the text.": (
        "文本看起来是{guess}，但选择了{chosen}，读音会不对。请选择{better}或修改文本。"
    ),
    "Tick the box that says the voice is yours or that its owner agrees; without it nothing is imitated.": (
        "请勾选“这是我本人的声音，或已获授权”；否则不会模仿任何声音。"
    ),
    "The voice {name!r} needs either a preset or a reference clip, not both or neither.": (
        "音色 {name!r} 需要预设音色或参考音频之一，不能都有或都没有。"
    ),
    "{engine} has no voice called {name!r}. Choose one of: {choices}.": (
        "{engine} 没有名为 {name!r} 的音色。请从中选择：{choices}。"
    ),
    "{engine} has no voice called {name!r}. Choose one from the list.": (
        "{engine} 没有名为 {name!r} 的音色。请从列表中选择。"
    ),
    "Kokoro has no voice {name!r}. Choose one of its presets, such as 'af_heart'.": (
        "Kokoro 没有音色 {name!r}。请选择它的预设音色，例如 'af_heart'。"
    ),
    "Kokoro speaks 1 to {most} phonemes at once; got {count}. Split the text.": (
        "Kokoro 一次朗读 1 到 {most} 个音素，得到 {count} 个。请把文本分段。"
    ),
    "The lite tier can't make {tag}: its attempts don't sound like it. Choose the full tier (CosyVoice), or use one "
    "of {tags}.": "轻量版无法发出 {tag}：听起来不像。请选择完整版（CosyVoice），或使用 {tags}。",
    "{tag} closes nothing that was opened. Remove it, or write [whisper] before it.": (
        "{tag} 没有对应的开始标签。请删除它，或在前面写上 [whisper]。"
    ),
    "No engine is called {name!r}. Choose one of: {choices}.": "没有名为 {name!r} 的模型。请从中选择：{choices}。",
    "{engine} can't do {capability!r}; it offers: {have}. Choose another engine or tier.": (
        "{engine} 不支持 {capability!r}；它支持：{have}。请换用其他模型或版本。"
    ),
    "nothing beyond its basic verb": "只有基本功能",
    # saved voices
    "Give the voice a name before saving it.": "保存前请为音色命名。",
    "{most} voices are kept already, and no more can be. Forget one first.": (
        "已保存 {most} 个音色，无法再保存更多。请先删除一个。"
    ),
    "{name} is a preset voice; only voices made from a clip can be saved.": (
        "{name} 是预设音色；只能保存来自音频的音色。"
    ),
    "A saved voice holds up to {most:.0f} s of sound; this one holds {seconds:.0f} s.": (
        "保存的音色最多包含 {most:.0f} 秒声音，这一个有 {seconds:.0f} 秒。"
    ),
    "The file has {size:.0f} MB; a saved voice has at most {most} MB.": (
        "文件有 {size:.0f} MB；保存的音色最多 {most} MB。"
    ),
    "This is not a voice that was saved here. To imitate any other clip, upload it as the reference.": (
        "这不是在这里保存的音色。要模仿其他音频，请把它作为参考音频上传。"
    ),
    "The voice file is cut off. Download it again where it was saved.": "音色文件不完整。请从保存处重新下载。",
    "The voice file is damaged. Download it again where it was saved.": "音色文件已损坏。请从保存处重新下载。",
    "The voice file was saved by another version of this app. Save the voice again from its clip.": (
        "音色文件由本应用的其他版本保存。请用原音频重新保存音色。"
    ),
    "The voice file lacks its name, language or transcript. Save the voice again from its clip.": (
        "音色文件缺少名称、语言或文字。请用原音频重新保存音色。"
    ),
    "The voice file was changed by another program. Save the voice again from its clip.": (
        "音色文件被其他程序改动过。请用原音频重新保存音色。"
    ),
    # translating
    "Translating while listening…": "正在边听边译……",
    "{companion} writes no language that {engine} speaks. Choose another model for one of them.": (
        "{companion} 能写的语言中没有 {engine} 能说的。请更换其中一个模型。"
    ),
    "There is no translation yet. Translate a clip first, then edit the text and speak it again.": (
        "还没有译文。请先翻译一段音频，再修改译文并重新朗读。"
    ),
    "Nothing was translated. Give a clip with clear speech in it.": "没有译出任何内容。请提供语音清晰的音频。",
    "The clip is in {language} already. Choose another language to translate into.": (
        "音频本来就是{language}。请选择其他目标语言。"
    ),
    "No voice here speaks {language}. Choose another language.": "这里没有能说{language}的音色。请选择其他语言。",
    "Not offered from {source}: {targets}": "不支持从{source}翻译成：{targets}",
    "Nothing here translates {language}.": "这里无法翻译{language}。",
    "Nothing here translates from {source} to {target}.": "这里无法从{source}翻译成{target}。",
    "{engine} does not understand {language}.": "{engine} 听不懂{language}。",
    "{engine} does not understand {language}. Recognisers that do: {able}.": (
        "{engine} 听不懂{language}。听得懂的识别模型：{able}。"
    ),
    "{engine} can't tell which language is spoken. Choose the language, or another engine.": (
        "{engine} 无法判断说的是哪种语言。请选择语言，或换一个模型。"
    ),
    "For {language} {engine} must be downloaded first ({size:.0f} MB). Choose it as the engine to do that.": (
        "识别{language}需要先下载 {engine}（{size:.0f} MB）。请把它选为模型来下载。"
    ),
    "{engine} does not speak {language}.": "{engine} 不会说{language}。",
    "Nothing here translates {wanted}. Install Apertium: apt install {packages}": (
        "这里没有{wanted}的翻译。请安装 Apertium：apt install {packages}"
    ),
    "Apertium lacks the pair {wanted}. Install it: apt install {packages}": (
        "Apertium 缺少{wanted}的语言对。请安装：apt install {packages}"
    ),
    "Apertium does not translate {wanted}; here it knows {known}. Use the full or the remote tier.": (
        "Apertium 不支持{wanted}的翻译；这里支持：{known}。请使用完整版或远程版。"
    ),
    "Apertium needed more than {patience} seconds. Give it a shorter text.": (
        "Apertium 用时超过 {patience} 秒。请缩短文本。"
    ),
    "Apertium failed ({said}). Install its pairs again: apt install --reinstall {command}": (
        "Apertium 出错（{said}）。请重新安装语言对：apt install --reinstall {command}"
    ),
    "Apertium ({mode}) gave {given} sentences for {wanted}. Rephrase the text.": (
        "Apertium（{mode}）把 {wanted} 句译成了 {given} 句。请换一种说法。"
    ),
    # conversation
    "The persona has {count} characters; at most {most} are read. Shorten it.": (
        "人设有 {count} 个字符，最多 {most} 个。请缩短。"
    ),
    "There was no answer. Say it in other words.": "没有得到回应。请换一种说法。",
    "There is nothing to answer: the last turn must be something that the user said.": (
        "没有可回应的内容：最后一句必须是用户说的话。"
    ),
    "The reply holds nothing that can be spoken: {reply!r}. Say it in other words.": (
        "回应中没有可朗读的内容：{reply!r}。请换一种说法。"
    ),
    "{heard} was heard, and this conversation is in {wanted}. Speak that language, or choose a model that answers in "
    "yours.": "听到的是{heard}，而这次对话使用{wanted}。请说该语言，或选择能用你的语言回应的模型。",
    "SmolLM2-135M writes English only, and a reply in {language} was asked for. Set the language of the reply to "
    "English, or use a larger model (full or remote tier).": (
        "SmolLM2-135M 只会写英语，而要求的回应语言是{language}。"
        "请把回应语言设为英语，或使用更大的模型（完整版或远程版）。"
    ),
    # asked by other programs
    "Sound can't be written as {format!r}. Choose one of: {choices}.": (
        "无法写成 {format!r} 格式。请从中选择：{choices}。"
    ),
    "The form can't be read: {reason}. Send multipart/form-data.": (
        "无法读取表单：{reason}。请以 multipart/form-data 发送。"
    ),
    "This server asks for a key. Send it as the header Authorization: Bearer followed by the key.": (
        "此服务需要密钥。请在请求头 Authorization 中以 Bearer 加密钥的形式发送。"
    ),
    "It takes too long until it is your turn. Try again in a minute.": "等待时间过长。请一分钟后再试。",
    "There is no file. Send the sound as the form field {field}.": "没有文件。请用表单字段 {field} 发送音频。",
    "Only the format {format} can be streamed.": "只有 {format} 格式可以流式返回。",
    "The body is no JSON object. Send one with at least model, input and voice.": (
        "请求体不是 JSON 对象。请至少发送 model、input 和 voice。"
    ),
    "{field} is {given!r}; only {only!r} is offered.": "{field} 为 {given!r}；仅支持 {only!r}。",
    "{field} is {given!r}; it must be text.": "{field} 为 {given!r}；必须是文字。",
    "{field} is {given!r}; it must be a number.": "{field} 为 {given!r}；必须是数字。",
    "{field} is {given!r}; it must be one of: {choices}.": "{field} 为 {given!r}；请从中选择：{choices}。",
    "The request is larger than {most} MB. Send a shorter or a compressed clip.": (
        "请求超过 {most} MB。请发送更短或压缩过的音频。"
    ),
    "Send consent: true to say that the voice is yours or that its owner agrees; without it nothing is imitated.": (
        "请发送 consent: true，表明声音属于您本人或已获其主人同意；否则不会模仿任何声音。"
    ),
    "ref_audio must be a data URI, data:audio/wav;base64, followed by the file in base64.": (
        "ref_audio 必须是 data URI：data:audio/wav;base64, 后接 base64 编码的文件。"
    ),
    "ref_audio is larger than {most} MB. Send 3 to 30 s of one speaker.": (
        "ref_audio 超过 {most} MB。请发送同一说话人 3 到 30 秒的音频。"
    ),
    "What follows base64, in ref_audio is no base64. Encode the file again.": (
        "ref_audio 中 base64 之后的内容不是 base64 编码。请重新编码文件。"
    ),
    "the hub records no SHA-256 of {file}, and nobody has published one": (
        "模型库没有记录 {file} 的 SHA-256，也没有人公布过"
    ),
    "Not loaded in this Space: {titles}.": "此 Space 未加载：{titles}。",
    "About {seconds:.0f} s of GPU time.": "约需 {seconds:.0f} 秒 GPU 时间。",
    "About {seconds:.0f} s of GPU time, in {parts} parts.": "约需 {seconds:.0f} 秒 GPU 时间，分 {parts} 段进行。",
    "A text is spoken to its end: Continue shows all of it.": "有一篇文本已全部合成：点“继续”即可查看全部。",
    "{told} It is under way in another tab; Continue goes on here instead.": (
        "{told}它正在另一个标签页中进行；点“继续”将改在此处进行。"
    ),
    "This goes on in another tab.": "此任务已转到另一个标签页继续。",
    "The model of this job is not offered any more. Take away what is done, and order the rest anew.": (
        "此任务所用的模型已不再提供。请下载已完成的部分，其余部分请重新提交。"
    ),
    "A text was not finished: {done} of {total} parts are spoken.": (
        "有一篇文本尚未完成：共 {total} 段，已合成 {done} 段。"
    ),
    "Part {part} of {parts}: {status}": "第 {part} 段，共 {parts} 段：{status}",
    "You are not logged in. Open the page and log in first.": "您尚未登录，请先打开页面登录。",
    "Too many wrong tries for this name. Try again in {seconds} s.": "该用户名错误次数过多，请在 {seconds} 秒后重试。",
    "Say how long the upload is, in the header Content-Length.": "请在请求头 Content-Length 中注明上传内容的长度。",
    "Upload at most {most} MB at once.": "单次上传不得超过 {most} MB。",
    "The request is larger than {most} MB. Upload files first, and send their paths.": (
        "请求超过 {most} MB。请先上传文件，再发送其路径。"
    ),
    "This is not offered here. Look up under “Use via API” what is.": (
        "此处不提供该功能。可用的功能见“通过 API 使用”。"
    ),
    "Much was uploaded in your name or from your address. Come back in {minutes} min.": (
        "您的账号或地址上传量过大，请 {minutes} 分钟后再来。"
    ),
    # waiting in line, and what a visitor may use
    "Waiting in line: {ahead} before you…": "排队中：前面还有 {ahead} 位……",
    "Waiting in line: {ahead} before you, about {seconds:.0f} s…": "排队中：前面还有 {ahead} 位，约 {seconds:.0f} 秒……",
    "You have {count} requests under way, as many as one visitor may have. Wait until one is done, or stop one.": (
        "您已有 {count} 个请求正在进行，已达单个访客的上限。请等待其中一个完成，或停止一个。"
    ),
    "{count} requests from where you are wait already, half of what there is room for. Try again in a minute.": (
        "您所在的网络已有 {count} 个请求在排队，占了队伍的一半。请一分钟后再试。"
    ),
    "{count} visitors are waiting already, as many as there is room for. Try again in a minute.": (
        "已有 {count} 位访客在排队，队伍已满。请一分钟后再试。"
    ),
    "Many requests came from you in the last minute. Try again in {seconds} s.": (
        "您在过去一分钟内的请求较多。请在 {seconds} 秒后再试。"
    ),
    "You have used the computing time that a visitor has within an hour. Come back in {minutes} min.": (
        "您已用完每位访客一小时内的计算时间。请在 {minutes} 分钟后再来。"
    ),
    "The GPU time that you may use is spent for now. Log in to Hugging Face for more of it, come back later, "
    "or choose an engine of the lite tier, which needs no GPU.": (
        "您的 GPU 时间目前已用完。请登录 Hugging Face 以获得更多时间，或稍后再来，或选择无需 GPU 的轻量模型。"
    ),
    "This takes more GPU time than is lent at once. Give a shorter text or clip.": (
        "所需的 GPU 时间超过单次可借用的上限。请缩短文本或音频。"
    ),
    "The page was open for too long to be lent a GPU. Try again; if it stays, reload it.": (
        "页面打开时间过长，无法借用 GPU。请重试；如仍然如此，请刷新页面。"
    ),
    "No GPU became free in time. Try again in a minute, or choose an engine of the lite tier.": (
        "暂时没有空闲的 GPU。请一分钟后再试，或选择轻量模型。"
    ),
    "The GPU was taken away before the work was done. Try again, with a shorter text or clip.": (
        "工作完成之前 GPU 已被收回。请用更短的文本或音频重试。"
    ),
    # engines on other servers
    "{engine} can't be reached. Try again in a minute, or choose another engine.": (
        "无法连接 {engine}。请稍后再试，或换用其他模型。"
    ),
    "{engine} has been silent for {seconds:.0f} s. Try again later, or with something shorter.": (
        "{engine} 已有 {seconds:.0f} 秒没有响应。请稍后再试，或换用更短的内容。"
    ),
    "{engine} broke off in the middle of its work. Try again; if it stays, choose another engine.": (
        "{engine} 中途断开。请重试；如仍出现，请换用其他模型。"
    ),
    "{engine} asks for a key, or for another one. Whoever runs this app can set FUNAUDIO_API_KEY.": (
        "{engine} 需要密钥，或现有密钥不对。请由本应用的管理者设置 FUNAUDIO_API_KEY。"
    ),
    "{engine} is busy or starting ({status}). Try again in a minute, or choose another engine.": (
        "{engine} 正忙或正在启动（{status}）。请稍后再试，或换用其他模型。"
    ),
    "{engine} refuses this ({status}): {said} Change it, or choose another engine.": (
        "{engine} 拒绝了请求（{status}）：{said} 请修改内容，或换用其他模型。"
    ),
    "{engine} failed ({status}): {said} Try again; if it stays, choose another engine.": (
        "{engine} 出错（{status}）：{said} 请重试；如仍出现，请换用其他模型。"
    ),
    "it gave no reason.": "没有给出原因。",
    "{engine} answered with {kind} where {wanted} was asked for. Its address may be that of another program.": (
        "{engine} 返回了 {kind}，而请求的是 {wanted}。地址可能指向了其他程序。"
    ),
    "no named type": "没有类型的内容",
    "something that is no JSON": "不是 JSON 的内容",
    "{engine} answered without a text. Its address may be that of another program.": (
        "{engine} 的回应中没有文本。地址可能指向了其他程序。"
    ),
    "{engine} sent no sound for this text. Change the text, or choose another engine.": (
        "{engine} 没有为这段文本返回声音。请修改文本，或换用其他模型。"
    ),
    "{engine} sends sound of {channels} channels at {rate!r} Hz; one channel at a known rate is needed.": (
        "{engine} 返回的声音有 {channels} 个声道、采样率 {rate!r} Hz；需要采样率已知的单声道。"
    ),
    # on our side
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text.": (
        "我们这边出了问题，详情已记入日志。请重试，或换一段音频或文本。"
    ),
    "{path} is not a GE2E checkpoint ({error}). Delete it and run `{command} ge2e`.": (
        "{path} 不是 GE2E 模型文件（{error}）。请删除它并运行 `{command} ge2e`。"
    ),
    "{engine} needs PyTorch. Install it with `{command}`.": "{engine} 需要 PyTorch。请运行 `{command}` 安装。",
    "FUNAUDIO_TIER is 'full', which needs PyTorch. Install it with `{command}`.": (
        "FUNAUDIO_TIER 设为 'full'，需要 PyTorch。请运行 `{command}` 安装。"
    ),
    "The checkpoint is not SenseVoiceSmall: {unknown} tensors unknown, {absent} missing, such as {names}. "
    "Get the published model.pt and config.yaml.": (
        "模型文件不是 SenseVoiceSmall：{unknown} 个张量未知，{absent} 个缺失，例如 {names}。"
        "请获取官方发布的 model.pt 和 config.yaml。"
    ),
    "{path} has {count} tensors of other sizes than config.yaml says, such as {name}: {given} for {expected}. "
    "Get both files from one release.": (
        "{path} 中有 {count} 个张量的大小与 config.yaml 不符，例如 {name}：{given}，应为 {expected}。"
        "请使用同一次发布的两个文件。"
    ),
    "{path} is not Fun-ASR-Nano, as {clue} shows. Get the published model.pt.": (
        "{path} 不是 Fun-ASR-Nano 的文件（见 {clue}）。请获取官方发布的 model.pt。"
    ),
    "{given} hotwords were given, and {engine} takes {most} at most. Keep those that matter.": (
        "给了 {given} 个热词，而 {engine} 最多支持 {most} 个。请只保留重要的热词。"
    ),
    "{path} holds {count} numbers under <{tag}> where {width} are needed. Get the published am.mvn.": (
        "{path} 的 <{tag}> 下有 {count} 个数，应为 {width} 个。请获取官方发布的 am.mvn。"
    ),
    "{path} says {setting}: {given!r}; this engine runs {expected!r} only. "
    "Give the files of FunAudioLLM/SenseVoiceSmall.": (
        "{path} 中 {setting} 为 {given!r}，而此模型只支持 {expected!r}。请使用 FunAudioLLM/SenseVoiceSmall 的文件。"
    ),
    "{path} lacks {setting}; it is no SenseVoice configuration. Give that of the published model.": (
        "{path} 缺少 {setting}，不是 SenseVoice 的配置。请使用官方发布的配置。"
    ),
    "{path} is another model's: {unknown} tensors unknown, {absent} missing, such as {names}. "
    "Get the published file.": (
        "{path} 属于另一个模型：{unknown} 个张量未知，{absent} 个缺失，例如 {names}。请获取官方发布的文件。"
    ),
    "{path} holds {name} of size {given} where {expected} is needed. Get the published file.": (
        "{path} 中 {name} 的大小为 {given}，应为 {expected}。请获取官方发布的文件。"
    ),
    "{path} is not a file of tensors alone: {reason}. Get the published file.": (
        "{path} 不是纯张量文件：{reason}。请获取官方发布的文件。"
    ),
    "{path} holds {count:,} pieces where {expected:,} are needed. Get the published file.": (
        "{path} 中有 {count:,} 个词元，应为 {expected:,} 个。请获取官方发布的文件。"
    ),
    "Text and prompt come to {count:,} tokens; CosyVoice reads {most:,} at once. Shorten them.": (
        "文本和提示共 {count:,} 个词元，CosyVoice 一次最多读取 {most:,} 个。请缩短。"
    ),
    "The text gave {count} speech tokens, too few to make a sound of. Give a longer text.": (
        "文本只生成了 {count} 个语音词元，太少，无法发声。请输入更长的文本。"
    ),
    "The reference and the speech would last {seconds:.0f} s together; {most:.0f} s is the most at once. "
    "Split the text.": "参考音频与合成语音共 {seconds:.0f} 秒，一次最多 {most:.0f} 秒。请拆分文本。",
    "The clip of the voice has {rate:,} samples a second; CosyVoice needs {least:,} or more. "
    "Record it again at a higher rate.": (
        "音色音频的采样率为 {rate:,} Hz，CosyVoice 至少需要 {least:,} Hz。请用更高的采样率重新录制。"
    ),
    "The clip of the voice lasts {seconds:.1f} s; CosyVoice takes {least:g} to {most:g} s, best 3 to 10 s. "
    "Give another stretch.": (
        "音色音频长 {seconds:.1f} 秒，CosyVoice 接受 {least:g} 到 {most:g} 秒，最好为 3 到 10 秒。请换一段。"
    ),
    "The clip to convert has {rate:,} samples a second; CosyVoice needs {least:,} or more. "
    "Record it again at a higher rate.": (
        "待转换音频的采样率为 {rate:,} Hz，CosyVoice 至少需要 {least:,} Hz。请用更高的采样率重新录制。"
    ),
    "The clip to convert lasts {seconds:.1f} s; CosyVoice needs {least:g} s or more. Give a longer one.": (
        "待转换音频长 {seconds:.1f} 秒，CosyVoice 至少需要 {least:g} 秒。请换一段更长的。"
    ),
    "{engine} speaks in the voice of a clip, and none was given. Record or upload a few seconds of speech.": (
        "{engine} 用参考音频中的音色说话，但没有提供音频。请录制或上传几秒语音。"
    ),
    "{engine} can't make {tag}. Remove it, or use one of {tags}.": (
        "{engine} 无法发出 {tag}。请删除它，或使用 {tags}。"
    ),
    "{path} holds no voices that can be read: {reason}. Save it again with CosyVoice, or remove it.": (
        "{path} 中没有可读取的音色：{reason}。请用 CosyVoice 重新保存，或删除该文件。"
    ),
    "{folder} holds no chat model that transformers reads ({error}). Name another in FUNAUDIO_CHAT_MODEL.": (
        "{folder} 中没有 transformers 能读取的对话模型（{error}）。请在 FUNAUDIO_CHAT_MODEL 中指定另一个。"
    ),
    "{folder} holds a model without a chat template. Name one that was made for conversation in FUNAUDIO_CHAT_MODEL.": (
        "{folder} 中的模型没有对话模板。请在 FUNAUDIO_CHAT_MODEL 中指定一个用于对话的模型。"
    ),
    "FUNAUDIO_CHAT_MODEL is {named!r}; it must be a model of the hub: owner/name or owner/name@commit.": (
        "FUNAUDIO_CHAT_MODEL 为 {named!r}，必须是 Hugging Face 上的模型：owner/name 或 owner/name@commit。"
    ),
    "The chat model {repo} could not be fetched ({error}). Check the network, its name and, where it is gated, "
    "that `hf auth login` was run; or unset FUNAUDIO_CHAT_MODEL.": (
        "无法获取对话模型 {repo}（{error}）。请检查网络和名称；如需授权，请先运行 `hf auth login`；"
        "或取消 FUNAUDIO_CHAT_MODEL 的设置。"
    ),
    "The chat model {repo} has no safetensors. Name another in FUNAUDIO_CHAT_MODEL.": (
        "对话模型 {repo} 没有 safetensors 文件。请在 FUNAUDIO_CHAT_MODEL 中指定另一个。"
    ),
    "{path} is not what the hub recorded, or the cache holds no links. Delete {folder} and start again.": (
        "{path} 与 Hugging Face 的记录不符，或缓存中没有链接。请删除 {folder} 后重新启动。"
    ),
    "The text comes to {tokens:,} tokens, and the model reads {most:,}. Shorten it.": (
        "文本共 {tokens:,} 个词元，而模型最多读取 {most:,} 个。请缩短。"
    ),
    "{who} does not translate from {source} to {target}.": "{who} 不支持从{source}到{target}的翻译。",
    "The glossary has {count} terms; {who} takes {most}. Shorten it.": (
        "术语表有 {count} 条，{who} 最多接受 {most} 条。请缩短。"
    ),
    "{who} did not translate {text!r} into {language}: it wrote {answer!r}. Say it in other words, or "
    "choose another translator.": (
        "{who} 没有把 {text!r} 译成{language}，而是写了 {answer!r}。请换一种说法，或选择另一个翻译模型。"
    ),
    "A glossary can't be kept to from {source} to {target}, which is translated by ear. Remove it, or choose "
    "another translator.": ("从{source}到{target}是边听边译，无法使用术语表。请删除术语表，或选择另一个翻译模型。"),
    "{line!r} is no entry of a glossary. Write a term and its translation on each line, such as: "
    "bank = riverside": "{line!r} 不是术语表条目。请每行写一个术语及其译文，例如：bank = 河岸",
    "The glossary has {count} terms; at most {most} are read. Shorten it.": (
        "术语表有 {count} 条，最多读取 {most} 条。请缩短。"
    ),
}
CHINESE |= {
    "{reason} Send what the page offers; reload it if it has been open for long.": (
        "{reason} 请发送页面所提供的选项；若页面已打开很久，请刷新。"
    ),
    "What was sent is not of the kind that is asked for here, or names a file that was not uploaded. Upload "
    "files first, and look up under “Use via API” what each input takes.": (
        "所发送的内容类型不符，或指向未上传的文件。请先上传文件，并在“通过 API 使用”中查看各输入的要求。"
    ),
    "Computing": "正在计算",
    "Waiting in line": "正在排队",
    "{count} of {most}": "{count} / {most}",
    "Memory of the process": "进程内存",
    "Memory on the GPU": "显存",
    "Model in memory": "内存中的模型",
    "Size of its files": "文件大小",
    "Wait": "等待",
    "Whole request": "整个请求",
    "How requests ended": "请求结果",
    "This is being worked on already. Stop it first, or wait for its end.": (
        "此任务正在进行中。请先停止，或等待其完成。"
    ),
    "This job is not kept any more. Begin it anew.": "此任务已不再保留，请重新开始。",
    "The disk of this server is full: what takes several parts can't be kept. Try again later, or give less.": (
        "服务器磁盘已满，无法保存需分多段处理的任务。请稍后再试，或缩短内容。"
    ),
}
CHINESE |= {label.en: label.zh for label in (*EMOTIONS.values(), *EVENTS.values())}
CHINESE |= {text: row.chinese for code, row in LANGUAGES.items() for text in (row.name, name(code))}
