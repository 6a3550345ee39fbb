"""The overview as one page for paper and mail: what the page shows, drawn again by the same builders, as a file.

`pages.components.overview_*` says what is shown and how it reads, `report` only where it stands on the sheet.
"""

from report.published import overview, write_overview

__all__ = ["overview", "write_overview"]
