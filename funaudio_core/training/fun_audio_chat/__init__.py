"""Fine-tuning of Fun-Audio-Chat on conversations whose replies are text, or text and speech."""
