"""What every answer has, whatever it is about: problems, request ids, methods, bounded bodies."""
