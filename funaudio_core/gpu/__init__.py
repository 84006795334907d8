"""Device detection and execution of GPU tasks, also on ZeroGPU."""
