"""Processes that take reports in and turn them into rows and alerts."""
