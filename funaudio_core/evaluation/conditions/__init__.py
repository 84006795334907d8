"""Recording conditions of known strength: noise, rooms, codecs, level and speed, the same for equal seeds."""
