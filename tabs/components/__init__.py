"""Gradio components and event wiring that pages share."""
