"""The hyper-parameter study that train.sweep runs."""
