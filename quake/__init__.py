"""Quakestream's domain: earthquakes, their shaking, and what may follow. No cloud, framework, clock or I/O."""
