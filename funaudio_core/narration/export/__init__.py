"""Files of a narrated book or a show: sound, subtitles, read-along book."""
