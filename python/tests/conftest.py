"""What all tests stand on."""

import signal

# A program that was started in the background ignores Ctrl-C, and Python leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
