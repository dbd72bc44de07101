"""The agent's form, a file for each part of its page."""

from agents.forms.agent import AgentForm, initial_of

__all__ = ["AgentForm", "initial_of"]
