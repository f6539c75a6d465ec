"""Giving: from the bar to the thank-you."""
