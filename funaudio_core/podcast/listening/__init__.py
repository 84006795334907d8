"""Listeners: what they say, the commands and questions in it, and how the hosts reply."""
