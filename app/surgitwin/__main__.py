"""``python -m surgitwin``."""

import sys

from surgitwin.cli.main import main

sys.exit(main())
