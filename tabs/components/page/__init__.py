"""The document around the components: theme, scripts, and handlers of its opening."""
