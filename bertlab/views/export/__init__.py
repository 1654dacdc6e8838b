"""An executed notebook -> one HTML page, or one of slides, that needs neither kernel nor network."""

from bertlab.views.export.notebook_page import notebook_html, save_html
from bertlab.views.export.slides import save_slides, slides_html

__all__ = ["notebook_html", "save_html", "save_slides", "slides_html"]
