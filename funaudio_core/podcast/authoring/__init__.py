"""Scripts that a language model writes: links between sentences of a source, or a show about a topic."""
