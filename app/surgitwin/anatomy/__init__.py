"""What the bone itself tells: side, frame, landmarks, cuts. Measured from label maps and surfaces."""
