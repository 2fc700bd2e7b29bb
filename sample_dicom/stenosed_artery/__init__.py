"""Synthetic CT angiogram of one narrowed artery with known truth."""
