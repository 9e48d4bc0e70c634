"""What decides about one replica or one pool alone: each file holds one rule."""
