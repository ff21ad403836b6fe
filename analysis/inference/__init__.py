"""Statistics, as functions of tidy frames: each returns a frozen result, or says by name why there is none."""
