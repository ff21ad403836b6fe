"""What the assistant knows about a participant, and how it uses it."""
