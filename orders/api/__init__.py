"""Orders, purchases, payments and packages in the API."""
