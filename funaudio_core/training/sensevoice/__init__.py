"""Fine-tuning of SenseVoice on clips with text, language, emotion and events."""
