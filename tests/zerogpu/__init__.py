"""ZeroGPU on a machine without a GPU: the real `spaces` package, a scheduler of our own. Knows no test."""
