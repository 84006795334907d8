"""Who spoke when: diarization, clustering, and speakers of a transcript."""
