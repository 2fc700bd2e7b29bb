"""Cases on disk: a folder with case.json and write-once blobs, replaced atomically."""
