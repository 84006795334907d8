"""What joins engines into a job: pipelines know Protocols, never engines."""
