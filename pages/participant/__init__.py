"""Participant screens."""
