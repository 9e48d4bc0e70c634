"""Solves a large program by prices on what services and periods share: a bound, patterns, and a plan from them."""
