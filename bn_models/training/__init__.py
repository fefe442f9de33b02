"""One run from its first epoch to its last: the loop, its compiled program and its checkpoints."""
