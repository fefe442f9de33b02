"""Published experiments as data, ready to run as studies."""
