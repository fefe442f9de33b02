"""The worker: claims jobs, has trainers run them, writes what they report."""
