"""A laboratory for attention: in a notebook, on a server of this machine, or as one recorded page."""

from bertlab.views.attention_lab.lab import AttentionLab

__all__ = ["AttentionLab"]
