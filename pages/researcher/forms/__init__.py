"""Forms for what is changed most in a protocol; each field changes its own line of the draft."""
