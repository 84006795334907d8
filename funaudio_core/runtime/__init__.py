"""Services of a long-running process: queue, rate limiter, jobs, cancellation, telemetry."""
