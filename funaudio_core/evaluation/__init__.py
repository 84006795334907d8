"""Evaluation of engines: data sets, scoring protocols, resumable runs and reports."""
