"""Promised side effects, written in the transaction that promises them."""
