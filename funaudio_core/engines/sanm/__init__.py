"""What FunASR's models with a SAN-M encoder (self-attention with a memory) have in common. Knows none of them."""
