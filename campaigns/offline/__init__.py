"""Gifts that no payment service tells of: typed in by staff, or read from a file; and corrections of any gift."""
