"""Questions to command: figures by key, reconciliation, gaps, the board."""
