"""The running app as an engine for others: OpenAI's HTTP interface to the tasks that the pages use."""
