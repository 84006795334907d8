"""Tests with an emulated ZeroGPU Space: the real `spaces` package and a fake scheduler, without a GPU."""
