"""Many runs as intervals, tests and one sentence for each arm."""
