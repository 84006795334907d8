"""Drawings of the pages."""
