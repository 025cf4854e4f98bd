"""Settings, addresses and the web server's entry (配置).

`settings.py` reads the environment, every setting once.
Nothing below may import this room; it is named as a string only.
"""
