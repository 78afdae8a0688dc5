"""The Dataflow Flex Template: image, description, entry point."""
