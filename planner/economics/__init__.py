"""Prices, commitments, interruption, carbon and time: the arithmetic of money that no solver is needed for."""
