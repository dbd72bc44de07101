"""Providers that fail in a call over real sockets: what is heard, recorded and charged."""
