"""Measurements of synthesis, voices and the watermark."""
