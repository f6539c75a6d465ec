"""People who log in: their accounts, roles and sessions."""
