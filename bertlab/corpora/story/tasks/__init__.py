"""What one can ask about stories, with the exact limit of every answer."""
