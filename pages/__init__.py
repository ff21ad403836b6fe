"""Screens, drawn from state."""
