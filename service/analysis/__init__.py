"""Comparisons and reports of studies, made in a process of their own."""
