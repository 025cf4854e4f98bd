"""Questions to measures: who stays where, who is due what, which facility takes people in."""
