"""Work that the worker process does by itself (后台作业)."""
