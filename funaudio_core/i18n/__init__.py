"""Translations of messages."""
