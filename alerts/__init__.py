"""When to alert, what to say, and who hears it."""
