"""Events → frames → measures → comparisons → figures."""
