"""Image sets and where they come from; batches and augmentation are imported by name (they need torch)."""

from fudemoji.data.arrays import from_arrays
from fudemoji.data.loader import is_ready, load
from fudemoji.data.named.catalog import CATALOG, NamedSet, RemoteFile, data_root, named_set
from fudemoji.data.named.downloader import Fetched, download
from fudemoji.data.sets import ImageSet, LabelClass
from fudemoji.data.sheet import data_sheet, sample_sheet
from fudemoji.data.split import cut_validation

__all__ = [
    "CATALOG",
    "Fetched",
    "ImageSet",
    "LabelClass",
    "NamedSet",
    "RemoteFile",
    "cut_validation",
    "data_root",
    "data_sheet",
    "download",
    "from_arrays",
    "is_ready",
    "load",
    "named_set",
    "sample_sheet",
]
