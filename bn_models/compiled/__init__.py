"""Training steps and whole epochs as compiled TensorFlow functions."""
