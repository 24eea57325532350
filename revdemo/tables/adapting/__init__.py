"""Adapting the models to a table: train.adapt as a process, followed, stopped and resumed."""
