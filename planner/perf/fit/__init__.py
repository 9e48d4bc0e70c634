"""Fits the coefficients of the performance model to a table of measurements, and says how good they are."""
