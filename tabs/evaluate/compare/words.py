"""Strings of the section Compare."""

from __future__ import annotations

from tabs.components.strings import add_strings

add_strings(
    {
        "compare.about": (
            "The same sentences, voice and seed through two to four models or settings: "
            "listeners vote without knowing which one speaks.",
            "同样的句子、音色和种子，由二至四个模型或设置合成；听者在不知道来源的情况下投票。",
        ),
        "compare.kind": ("Question to the listeners", "投票方式"),
        "compare.kind.preference": ("Pairs: which one is better?", "成对比较：哪个更好？"),
        "compare.kind.rating": ("One by one: 1 to 5 (MOS)", "逐个评分：1 至 5（MOS）"),
        "compare.kind.mushra": ("All at once: sliders with an anchor (MUSHRA)", "同时评分：滑块与锚点（MUSHRA）"),
        "compare.sentences": ("Sentences", "句子"),
        "compare.sentences.varied": ("Six ready sentences (English, Chinese)", "六个现成句子（英语、汉语）"),
        "compare.sentences.examples": (
            "Those of the example clips, which are the hidden reference of the sliders",
            "示例音频的句子（滑块方式下，示例音频为隐藏参考）",
        ),
        "compare.sentences.own": ("My own", "我自己的"),
        "compare.text": ("Sentences, one a line", "句子，每行一句"),
        "compare.count": ("Number of systems", "系统数量"),
        "compare.speed": ("Speed", "语速"),
        "compare.instruction": ("Instruction", "指令"),
        "compare.seed": ("Seed", "随机种子"),
        "compare.reveals": ("Show the names of the systems after each vote", "每次投票后显示系统名称"),
        "compare.make": ("Make the takes", "生成语音"),
        "compare.first": ("A is better", "A 更好"),
        "compare.tie": ("No difference", "没有差别"),
        "compare.second": ("B is better", "B 更好"),
        "compare.rating": ("How good does it sound?", "听起来有多好？"),
        "compare.rating.5": ("5 Excellent", "5 极好"),
        "compare.rating.4": ("4 Good", "4 良好"),
        "compare.rating.3": ("3 Fair", "3 一般"),
        "compare.rating.2": ("2 Poor", "2 较差"),
        "compare.rating.1": ("1 Bad", "1 很差"),
        "compare.reference": ("Reference, which also stands at one of the places", "参考（也隐藏在其中一个位置）"),
        "compare.slider": ("0 bad, 100 excellent", "0 很差，100 极好"),
        "compare.submit": ("Submit", "提交"),
        "compare.scores": ("Scores", "得分"),
        "compare.show": ("Show the scores", "显示得分"),
        "compare.without": ("Leave out flagged voters", "不计入被标记的投票者"),
        "compare.csv": ("Votes (CSV)", "投票（CSV）"),
        "compare.json": ("Test and votes (JSON)", "测试与投票（JSON）"),
        "compare.import": ("Show the scores of an exported file (JSON or CSV)", "显示导出文件（JSON 或 CSV）的得分"),
        "compare.keys": (
            "Keys: A to F play a take, R the reference, Space pauses; 1, 2 and 0 vote for A, B and no difference.",
            "按键：A 至 F 播放，R 播放参考，空格暂停；1、2、0 分别选 A、B、没有差别。",
        ),
        "compare.system.1": ("System 1", "系统 1"),
        "compare.system.2": ("System 2", "系统 2"),
        "compare.system.3": ("System 3", "系统 3"),
        "compare.system.4": ("System 4", "系统 4"),
        "compare.link": ("Copy the link for other listeners", "复制链接，邀请其他听者"),
    }
)
