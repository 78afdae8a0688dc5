"""The alert stream as a process of its own: thousands of WebSockets, one prepared frame for all who get the same."""
