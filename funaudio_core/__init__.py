"""The library behind the FunAudio pages. Importing it, or any leaf of it, loads no model and no torch."""
