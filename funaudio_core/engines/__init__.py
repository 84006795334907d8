"""Model engines, one module or package each, and their registry."""
