"""The demo organisation: a sign-in, three useful agents, and a new key each time it is asked for."""
