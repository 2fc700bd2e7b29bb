"""One file a row of the verification table: short examples of the public calls, with known answers."""
