"""Pictures that people bring: read with suspicion, and the object in them found where that takes no guessing.

`take` does all of it. Nothing is written, and nothing but `BadInput` is raised for what a file may hold.
"""

from .take import take
from .taken import Kind, Taken

__all__ = ["Kind", "Taken", "take"]
