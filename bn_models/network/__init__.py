"""A plan as a Keras network: its layers, its initial values, its momenta as variables."""
