"""The words that every other package uses; numpy only, no input or output, no screen."""
