"""An application of middling size, in which everything goes wrong that docs/journey-compared.md speaks of."""
