"""Answers to published benchmarks in the files that those use: scores by rule, and requests for a judge."""
