"""One artery: centreline, lumen, lesions, calcium and branches."""
