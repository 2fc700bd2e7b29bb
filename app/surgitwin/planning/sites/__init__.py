"""What is done differently on a bone, in a vessel and on other anatomy: one interface, one file a kind."""
