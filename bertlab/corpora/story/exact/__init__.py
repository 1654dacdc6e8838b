"""What can be known about a story: exact, by messages passed along it."""
