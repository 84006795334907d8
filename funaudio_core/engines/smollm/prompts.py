"""What a 135M-parameter model must be shown to answer kindly: an instruction and examples by feeling. Knows no model.

A model this small does not follow instructions about tone, and its questions often miss the point; it continues
patterns well. So a reply to a feeling opens and closes with words chosen here, and the model writes the sentence
between them, about what was said. Without a strong feeling it writes everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

COMFORTING = "You are a warm friend. Reply with one short sentence about what the user said."
CHATTING = (
    "You are a warm friend. Reply with two short sentences about what the user said, and end with one simple question."
)
ANSWERING = "You are a warm friend who answers questions. Reply with one or two short, plain sentences."
WHO = "What is your name?"  # the question whose answer a persona gives
_THANKS = re.compile(r"\b(?:thank you|thanks)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mood:
    """How to answer one feeling.

    openers, closings: first and last sentences, used in turn; () leaves those to the model.
    examples: (what the user said, what the model should write). sentences: how many of its own to keep.
    """

    instruction: str
    examples: tuple[tuple[str, str], ...]
    sentences: int
    openers: tuple[str, ...] = ()
    closings: tuple[str, ...] = ()


MOODS: dict[str, Mood] = {
    "sad": Mood(
        COMFORTING,
        (
            ("My old cat died.", "It hurts to lose a cat you loved."),
            ("I failed my driving test again.", "It hurts to fail when you tried so hard."),
            ("My friends forgot to invite me.", "It hurts to be forgotten by your friends."),
        ),
        sentences=1,
        openers=("I'm so sorry to hear that.", "Oh no, I'm sorry.", "That sounds really hard."),
        closings=("Do you want to tell me more about it?", "How are you feeling now?", "What would help you today?"),
    ),
    "happy": Mood(
        COMFORTING,
        (
            ("We bought our first house!", "Your first house is something to be proud of."),
            ("My daughter said her first word!", "Your daughter's first word is a moment to remember."),
            ("I finished my first marathon!", "Finishing a marathon takes a lot of work."),
        ),
        sentences=1,
        openers=("That's wonderful news!", "I'm so happy for you!", "How lovely!"),
        closings=("How does it feel?", "Who did you tell first?", "What are you looking forward to most?"),
    ),
    "angry": Mood(
        COMFORTING,
        (
            ("My sister lied to me about the money.", "It's not fair to lie to you about money."),
            ("My new bike is broken again.", "It's not fair to have a new bike that breaks."),
            ("The plumber broke my sink and left.", "It's not fair to leave you with a broken sink."),
        ),
        sentences=1,
        openers=("That sounds really frustrating.", "I can see why you are upset.", "That would make me angry too."),
        closings=("What happened then?", "What would you like to do now?", "How do you feel about it now?"),
    ),
    "fear": Mood(
        COMFORTING,
        (
            ("I have to give a speech on Friday.", "A speech can feel like a big thing before it starts."),
            ("My son has not called for two days.", "Waiting for your son to call can feel very long."),
            ("I hear steps on the roof.", "Steps on the roof can feel scary at night."),
        ),
        sentences=1,
        openers=(
            "It's okay to feel nervous.",
            "I understand that this is scary.",
            "Anyone would be worried about that.",
        ),
        closings=("What worries you most?", "What would help you right now?", "Is somebody with you?"),
    ),
    "surprise": Mood(
        COMFORTING,
        (
            ("My old teacher lives next door!", "Your old teacher next door, that is hard to believe."),
            ("It snowed in April!", "Snow in April, that is hard to believe."),
            ("I found fifty euros in my coat.", "Fifty euros in your coat, that is hard to believe."),
        ),
        sentences=1,
        openers=("Wow, really?", "Oh, I did not expect that!", "What a surprise!"),
        closings=("What did you do then?", "How did you feel?", "Did you have any idea?"),
    ),
    "neutral": Mood(
        CHATTING,
        (
            ("Good morning!", "Good morning to you! How are you today?"),
            ("I'm reading a book about whales.", "Whales are wonderful animals. What have you learned so far?"),
            ("I cleaned the kitchen today.", "A clean kitchen feels great. Are you going to cook something?"),
            ("I take the bus to work.", "The bus gives you time to rest. How long is the ride?"),
        ),
        sentences=2,
    ),
    "thanks": Mood(
        COMFORTING,
        (
            ("Thank you for your help.", "Helping you is a pleasure."),
            ("Thanks, you are a good friend.", "Talking with you makes me happy."),
            ("That was kind of you, thank you!", "Your words mean a lot to me."),
        ),
        sentences=1,
        openers=("You're very welcome!", "Any time!"),
        closings=("What else is on your mind?", "What would you like to talk about now?"),
    ),
    "question": Mood(
        ANSWERING,
        (
            ("How are you?", "I'm doing very well, thank you. And you?"),
            ("Can you recommend a book?", "A story about the sea is always nice. Do you like adventures?"),
            (WHO, "I have no name, I'm a small language model that likes to talk."),
            ("How far is the moon?", "The moon is about 384,000 kilometers away from us."),
        ),
        sentences=2,
    ),
}
ALIKE = {"disgust": "angry"}  # feelings without examples of their own


def mood(text: str, emotion: str) -> Mood:
    """The Mood for what the user said in `text` with `emotion` (a code of labels.EMOTIONS)."""
    if _THANKS.search(text):
        return MOODS["thanks"]
    if emotion == "neutral" and text.rstrip().endswith(("?", "？")):
        return MOODS["question"]
    return MOODS[ALIKE.get(emotion, emotion)]


def with_persona(shown: Mood, persona: str) -> Mood:
    """The Mood of somebody: `persona` ("You are Mia, a baker.") in the instruction and as the answer to WHO."""
    persona = persona.strip()
    if not persona:
        return shown
    mine = persona
    for pattern, word in _FIRST_PERSON:
        mine = pattern.sub(word, mine)
    examples = tuple((said, mine if said == WHO else answer) for said, answer in shown.examples)
    return replace(shown, instruction=f"{persona} {shown.instruction}", examples=examples)


_FIRST_PERSON = tuple(
    (re.compile(rf"\b{yours}\b", re.IGNORECASE), mine)
    for yours, mine in (("you are", "I am"), ("you're", "I'm"), ("yours", "mine"), ("your", "my"), ("you", "I"))
)
