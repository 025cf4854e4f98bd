"""Questions to investigation: cases, contacts and chains as of an instant, as known at another."""
