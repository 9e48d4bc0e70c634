"""The compiled event loop: plain arrays in, plain arrays out; nothing here is imported before a simulation runs."""
