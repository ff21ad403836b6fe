"""Power before a study: its own design and plan, run on made-up participants."""
