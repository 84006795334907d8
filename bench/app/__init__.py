"""Measurements of the server and the page."""
