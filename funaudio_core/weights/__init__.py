"""Model files: catalogue, download, checksums."""
