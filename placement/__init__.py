"""Search for sensor layouts and show what each buys."""
