"""What the database keeps: one module a resource, one writer a table."""
