"""Who the patient is: what of a case says so, what may leave it, and cases without identity."""
