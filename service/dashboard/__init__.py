"""The dashboard: pages that know nothing but the Python client."""
