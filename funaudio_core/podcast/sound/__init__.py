"""Sound of a show: speech on disk, music, the mix, and the times of an episode."""
