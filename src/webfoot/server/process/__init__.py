"""How a process serves: alone, as one of several workers or under a reloader; from its start to its exit code."""
