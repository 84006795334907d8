"""Measurements of audiobooks and podcasts."""
