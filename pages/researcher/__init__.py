"""Researcher screens."""
