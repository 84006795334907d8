"""CosyVoice 2 and Fun-CosyVoice 3, the voice of the full tier: speech in the voice of a short clip."""
