"""One folder per operation; each builds scenarios from a plan and names its metrics."""
