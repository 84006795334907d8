"""Fine-tuning: recipes, data and adapters of `python -m funaudio_core.training`."""
