"""Sampling many texts at once: what is drawn, the seats that the texts take, and a lean step."""
