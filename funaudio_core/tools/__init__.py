"""Tools that a model may call: schemas, calls in a reply, and small tools that run in a sandbox."""
