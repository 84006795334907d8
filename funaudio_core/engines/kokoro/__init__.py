"""Kokoro-82M, the voice of the lite tier."""
