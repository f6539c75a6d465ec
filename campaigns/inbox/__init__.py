"""The way of a webhook: verified, stored once, then turned into ledger entries."""
