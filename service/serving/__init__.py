"""Predictions without HTTP: models kept ready, and the bodies of the protocols."""
