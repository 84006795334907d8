"""Accelerators and ZeroGPU scheduling."""
