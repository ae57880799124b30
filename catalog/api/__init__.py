"""The catalogue in the API: the console's resources and actions, for programs (design.md §6)."""
