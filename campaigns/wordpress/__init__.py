"""The WordPress plugin: its sources in PHP, and the zip that is made of them for one installation."""
