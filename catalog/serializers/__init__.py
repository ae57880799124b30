"""What the API reads and writes, and the checks of its form."""
