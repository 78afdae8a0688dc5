"""One HTML profile, made in an environment of its own: `python profile_page.py SAMPLE.parquet TITLE PAGE.html`.

The only file here that runs without Quakestream: it knows pandas and the profiling package.
"""

import sys
from pathlib import Path


def main(sample: str, title: str, page: str) -> None:
    """Writes the page of a sample."""
    import pandas as pd
    from data_profiling import ProfileReport  # pylint: disable=import-error  # of its own environment

    report = ProfileReport(pd.read_parquet(sample), title=title, minimal=True, progress_bar=sys.stderr.isatty())
    Path(page).write_text(report.to_html(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
