"""Runs of the Evaluate page and of its endpoints: jobs on disk that go on in the background."""
