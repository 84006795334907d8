"""Listening tests: people compare takes of several synthesizers without knowing which one speaks."""
