"""Everything that touches the outside: feeds, bus, warehouse, registry, storage, log."""
