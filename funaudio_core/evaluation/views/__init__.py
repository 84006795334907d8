"""Views of results: curves under conditions, latency, emotions; each as numbers and as a table."""
