"""The HTTP API: the application, the processes that serve it, and predictions before the framework."""
