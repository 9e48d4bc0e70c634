"""How long the planner and plain solvers take on fleets of every size, measured side by side."""
