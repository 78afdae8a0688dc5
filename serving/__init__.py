"""HTTP and WebSocket over the warehouse and the alert log."""
