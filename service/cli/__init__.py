"""The command line and composition root: the only place that reads the service's settings."""
