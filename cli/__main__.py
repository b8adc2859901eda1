"""``python -m cli`` is the command `inrstore`."""

from __future__ import annotations

import sys

from .main import main

sys.exit(main())
