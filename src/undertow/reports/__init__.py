"""Reports: what was analysed and found, as one HTML file, as pictures, and in the terminal.

``render_html`` and ``write`` make the file that opens offline, ``pictures`` the charts on their own,
``terminal`` what ``undertow show`` prints. All of them read a :class:`Report` and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from undertow.reports.model import LIMITS, STRENGTH_WORDS, Report, Source, TableCount

__all__ = [
    "LIMITS",
    "STRENGTH_WORDS",
    "Report",
    "Source",
    "TableCount",
    "Written",
    "render_html",
    "write",
]


@dataclass(frozen=True)
class Written:
    """What :func:`write` left behind: the report, and the charts' pictures."""

    report: Path
    pictures: tuple[Path, ...]


def render_html(report: Report) -> str:
    """The report as one self-contained HTML document; the same report gives the same text.

    Raises ValueError when a finding's figure would load or link to anything, or carries no data.
    """
    from undertow.reports.html import render_html as render  # draws charts: costs time to import

    return render(report)


def write(report: Report, path: Path, pictures_folder: Path | None = None) -> Written:
    """Write the report to ``path``, and each chart as SVG and PNG to ``pictures_folder`` where one is given.

    The file is there whole or not at all. Raises what :func:`render_html` raises, and OSError.
    """
    from undertow.reports.files import write_whole
    from undertow.reports.pictures import export

    document = render_html(report)
    pictures = () if pictures_folder is None else export(report, pictures_folder)
    write_whole(path, document.encode("utf-8"))
    return Written(path, pictures)
