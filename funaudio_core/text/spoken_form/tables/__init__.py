"""Words and formats of each language for its spoken forms."""
