"""A plan with its problem and catalogue, put under real or drawn requests: what simulate needs, and what it found, in the plan's words."""
