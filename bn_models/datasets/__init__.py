"""A dataset's spec as arrays: the only place that knows where data lies."""
