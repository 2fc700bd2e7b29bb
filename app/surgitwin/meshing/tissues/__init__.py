"""Several labelled tissues in one conforming mesh."""
