"""The engine, the tables, large bytes in chunks, and the way of a database from release to release."""
