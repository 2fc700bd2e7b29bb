"""Decoders of compressed pictures of one slice, in memory."""
