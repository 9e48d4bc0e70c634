"""What one replica can do: memory, prefill, decode, communication, queueing; pure functions on plain numbers."""
