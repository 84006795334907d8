"""Engines made of a base and an adapter: those of visitors, known by an id, and those of the owner, in all pickers."""
