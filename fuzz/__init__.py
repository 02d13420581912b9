"""Coverage-guided fuzzing of the server; see docs/fuzzing.md. Only `engine` needs atheris, the replay runs without."""
