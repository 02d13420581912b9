"""Applications that show webfoot at work. Each one is run by a test in tests/examples."""
