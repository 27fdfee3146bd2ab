"""``python -m crossframe``."""

import sys

from crossframe.cli import main

sys.exit(main())
