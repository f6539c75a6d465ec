"""A fundraising effort: what it is called, what it aims at, when it counts, and what state it is in."""
