"""Settings of the site; `make docs` builds it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPORTS = HERE.parent / "reports"
sys.path.insert(0, str(HERE / "_ext"))

from run import environment, prepare  # noqa: E402

from crossframe import __version__  # noqa: E402

# The kernel of a notebook inherits the environment. Its IPython profile is its own: no file of a user takes
# part, and it leaves out the warning that the kernel listens on this machine's loopback.
RUN = HERE / "_build" / "run"
PROFILE = RUN / "ipython" / "profile_default"
PROFILE.mkdir(parents=True, exist_ok=True)
(PROFILE / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 40\n", encoding="utf-8")
os.environ.update(environment(prepare(RUN / "notebook")), IPYTHONDIR=str(PROFILE.parent))

project = "crossframe"
author = "The crossframe authors"
release = __version__
html_title = "crossframe"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "reference",
    "run",
]
exclude_patterns = ["_build", "reference/*.txt"]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

html_theme = "sphinx_book_theme"
html_theme_options = {
    "show_toc_level": 1,
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
html_static_path = ["_static"]
html_css_files = ["crossframe.css"]
html_copy_source = False
html_show_sourcelink = False

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_rtype = False
default_role = "py:obj"


def report_links(app: Any, docname: str, source: list[str]) -> None:
    """Lead a link to a report's README.md, which the code's host renders, to its page in the site."""
    up = "../" * docname.count("/")
    source[0] = re.sub(
        r"\]\((?:\.\./)+reports/([\w./-]*?)README\.md\)", rf"](report:{up}reports/\1index.html)", source[0]
    )


myst_url_schemes = {"http": None, "https": None, "mailto": None, "report": "{{path}}"}


def copy_reports(app: Any, exception: Exception | None) -> None:
    """Copy the published pages beside the site; each is one file that holds its figures."""
    if exception is None and app.builder.name == "html":
        for page in REPORTS.rglob("index.html"):
            target = Path(app.outdir) / "reports" / page.relative_to(REPORTS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(page, target)


def setup(app: Any) -> None:
    """Connect what is done before a page is read, and after the site is built."""
    app.connect("source-read", report_links)
    app.connect("build-finished", copy_reports)
