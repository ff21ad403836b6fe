"""One file per mechanism; `registry` lists them."""
