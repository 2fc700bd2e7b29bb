"""Contact mechanics without a finite-element toolkit: surfaces, contact, ties, bolts."""
