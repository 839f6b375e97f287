"""Projects of the Custom Vision service, or of another fudemoji server, brought here through the real client."""

from fudemoji.server.importing.importing import import_into_folder, import_into_store
from fudemoji.server.importing.key import VARIABLE, read_key
from fudemoji.server.importing.outcome import Count, Outcome
from fudemoji.server.importing.patience import Patience
from fudemoji.server.importing.source import ImportFailed, Source

__all__ = [
    "VARIABLE",
    "Count",
    "ImportFailed",
    "Outcome",
    "Patience",
    "Source",
    "import_into_folder",
    "import_into_store",
    "read_key",
]
