"""Citations drawn on page images: one HTML file that needs no network and no other file.

Left the fields with value, confidence and page, right the pages with a box around each cited text; a field leads to its
boxes and a box to its field. Where a page cannot be shown, the boxes stand on a blank page of its size.
"""

from __future__ import annotations

from ._pages import DocumentContent, PageImage, PageImages, page_images
from ._report import report_html, write_report

__all__ = ["DocumentContent", "PageImage", "PageImages", "page_images", "report_html", "write_report"]
