"""The public numbers of a campaign, and every form in which they are shown: JSON, HTML, picture."""
