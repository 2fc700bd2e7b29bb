"""The program checks itself against known solutions: cases, references, runner (`surgitwin verify`)."""
