"""An executed notebook -> one HTML page that needs neither kernel nor network."""

from bertlab.views.export.notebook_page import notebook_html, save_html

__all__ = ["notebook_html", "save_html"]
