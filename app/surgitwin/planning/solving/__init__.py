"""From plans to kept results: problems built, solved, measured and checked numerically."""
