"""Helpers that start servers of other projects for the tests in tests/remote."""
