"""A preregistration from a protocol: the document that a person uploads before the first participant."""
