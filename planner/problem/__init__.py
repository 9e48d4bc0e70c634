"""The problem a user states: schema, defaults, reading, meaning checks and patches."""
