"""Pipelines, which combine engines that are passed in as Protocols."""
