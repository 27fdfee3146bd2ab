"""``python -m crossframe``."""

import sys

from crossframe.cli.main import main

sys.exit(main())
