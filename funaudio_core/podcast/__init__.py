"""Podcasts: scripts, an arrangement of a source, the show that a listener can interrupt, the mix."""
