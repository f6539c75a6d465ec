"""How fast money is posted: see README.md."""
