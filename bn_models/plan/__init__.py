"""What a spec means, as plain values: layers, shapes, batches, learning rates and the program key."""
