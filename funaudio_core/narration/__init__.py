"""Narration of books and shows: plans, casts, parts on disk, exports."""
