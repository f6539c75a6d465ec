"""The append-only ledger: what every provider says about money, and the totals that are sums of it."""
