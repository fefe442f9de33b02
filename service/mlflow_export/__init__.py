"""Finished jobs as runs of an MLflow server, logged by a process of its own."""
