"""The texts that an agent works by, and the variables in them that each call fills in."""
