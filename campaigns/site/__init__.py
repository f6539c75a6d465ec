"""The sites that embed a bar, and which of their articles raised what."""
