"""The functions a page or an API may call; engines and pipelines meet here."""
