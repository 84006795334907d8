"""States of a narration: RUNNING until all parts are made, PAUSED by the listener, FAILED at an error."""

RUNNING, PAUSED, FINISHED, FAILED = "running", "paused", "finished", "failed"
