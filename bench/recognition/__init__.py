"""Measurements of recognition, events, emotion and speakers."""
