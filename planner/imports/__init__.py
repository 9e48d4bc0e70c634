"""Inputs of other tools, read into problems of our own format."""
