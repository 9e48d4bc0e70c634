"""The mixed-integer program: sets, variables, one function per constraint, and the way back to a plan."""
