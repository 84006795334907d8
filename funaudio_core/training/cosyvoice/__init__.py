"""Fine-tuning of CosyVoice 2 and 3: the language model and the flow."""
