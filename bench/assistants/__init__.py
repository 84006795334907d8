"""Measurements of language models, translation and function calling."""
