"""Rules that score responses without a judge: instructions that can be verified, and answers of two choices."""
