"""Code shared by FunASR's models with a SAN-M encoder (self-attention with a memory block)."""
