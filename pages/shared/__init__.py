"""Shared screens."""
