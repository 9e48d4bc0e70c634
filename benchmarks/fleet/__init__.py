"""Realistic fleets of language-model services, as ordinary problem files."""
