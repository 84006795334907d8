"""Data of fine-tuning: clips cut from recordings, and the formats of the published training code. No PyTorch."""
