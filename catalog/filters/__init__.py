"""By what the lists of the API are narrowed."""
