"""The pages (页面).

One call into a room, then show; a page decides nothing.
Begin with `urls.py`.
"""
