"""Questions to screening: where a round stands, whether its tubes add up, who is held."""
