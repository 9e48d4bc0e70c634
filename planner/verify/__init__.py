"""The independent check: recomputes everything a plan claims, without solver, formulation or candidates."""
