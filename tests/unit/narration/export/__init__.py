"""Tests of the files that are made of a recording."""
