"""Rewriting of Kokoro's ONNX graph: its division in two, and faster convolutions."""
