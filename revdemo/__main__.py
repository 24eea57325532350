"""`python -m revdemo`."""

import sys

from revdemo.cli import main

sys.exit(main())
