"""Runs of the Train page and of its endpoints: jobs on disk that go on in the background. No PyTorch."""
