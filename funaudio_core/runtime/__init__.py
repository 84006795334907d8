"""Queue, rate limiter, jobs, cancellation, telemetry: what any long-running service needs."""
