"""Synthetic CT of one thigh with known truth: an analytic femur, pelvis, soft tissue and table."""
