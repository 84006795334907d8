"""The HTML of the app, as Gradio serves it: compression, and its head."""
