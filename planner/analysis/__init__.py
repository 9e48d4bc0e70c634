"""Questions about problems and plans that take more than one solve, or none."""
