"""Tests of narrated books and shows."""
