"""A pretend payment service for the modes demo and test: it pays, then sends us signed webhooks over HTTP."""
