"""What was sold, bought and sent as the API shows it."""
