"""A person's file as a dataset to train on: read, checked, split and standardized in a process of its own."""
