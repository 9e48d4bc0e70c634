"""The plan and its certificate: plain, frozen data that can be written, read back and checked."""
