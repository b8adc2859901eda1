"""The exit codes of every command, and the one place where an exception becomes one."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import click

from inrstore.errors import InrstoreError

DONE = 0
FAILED = 1
USAGE = 2
SOME_FAILED = 3
INTERRUPTED = 130


def run(call: Callable[[], object], debug: Callable[[], bool]) -> int:
    """The exit code of `call`; its exception, if any, becomes a line on standard error.

    `call` returns an exit code or None; `debug` is asked afterwards, since an option may set it.
    """
    try:
        code = call()
    except click.ClickException as error:
        error.show(sys.stderr)
        return error.exit_code  # 2 for wrong usage, else 1
    except (KeyboardInterrupt, click.Abort):
        say("Stopped. What was stored is kept; the same command goes on from there.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return _failed(error, debug())
    return code if isinstance(code, int) else DONE


def _failed(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    elif isinstance(error, InrstoreError):
        say(f"Error: {error}")
    elif isinstance(error, OSError):
        say(f"Error: {error}. --debug shows where.")
    else:
        say(f"Error: unexpected {type(error).__name__}: {error}. This is a bug; --debug shows where.")
    return FAILED


def say(text: str) -> None:
    """A line for people, on standard error, so that standard output stays what was asked for."""
    click.echo(text, err=True)
