"""Losses and loops."""
