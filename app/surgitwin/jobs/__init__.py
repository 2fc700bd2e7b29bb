"""Worker processes: a job is a folder with a request, typed events and a result."""
