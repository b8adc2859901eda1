"""Search by what shapes look like: pictures, words and shapes lead to places among the stored embeddings.

No shape needs a name for that. Heads of `inrstore.tasks.crossmodal` make queries of what towers see and read, and the
store's own index answers them.
"""

from .answer import ComposedResult, ImageResult
from .compose import search_composed
from .evaluate import Recognised, recognised
from .picture import search_image

__all__ = ["ComposedResult", "ImageResult", "Recognised", "recognised", "search_composed", "search_image"]
