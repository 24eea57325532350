"""The sections of the Metrics tab: a module holds the tables, figures and words of what it tells."""
