"""Images without identity, and the patient's consent, in the window."""
