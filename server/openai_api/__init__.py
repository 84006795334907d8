"""OpenAI-compatible HTTP API of the running app."""
