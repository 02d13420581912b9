"""Why a measurement could not be made."""


class Failure(Exception):
    """One sentence for the person who asked for the benchmark."""
