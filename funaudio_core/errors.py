"""Problems a person can act on. Knows nothing of where they are shown."""


class FunAudioError(Exception):
    """A sentence that says what happened, what was given and what to do next.

    Pages show the message as it stands; any other exception is a defect of ours and is logged instead.
    """


class BadInput(FunAudioError):
    """The clip, text or setting that was given can't be used; the message names the remedy."""


class Unsupported(FunAudioError):
    """This tier or engine can't do what was asked; the message says which can."""


class WeightsMissing(FunAudioError):
    """A model file is absent or damaged and could not be fetched; the message gives the command that gets it."""
