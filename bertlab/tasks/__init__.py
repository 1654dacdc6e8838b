"""Labelled examples become a model's answers: rows, labels, scores."""
