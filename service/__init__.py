"""The service around the models: HTTP, SQL, the queue, the processes, and the clients of all that."""
