"""Books: reading them, and finding who speaks in them and how."""
