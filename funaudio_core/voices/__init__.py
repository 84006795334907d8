"""Example voices and saved-voice files."""
