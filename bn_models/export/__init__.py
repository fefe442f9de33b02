"""A trained network as a certified model: folded, written as ONNX and compared with Keras."""
