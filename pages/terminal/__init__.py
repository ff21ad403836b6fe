"""What the terminal has in place of pages: the commands of `manage.py`."""
