"""Readers of image sets: class folders, tables, archives and parquet; arrays in idx and npz; kkanji's tar."""

from fudemoji.data.readers.archive import ARCHIVE_SUFFIXES, list_archive
from fudemoji.data.readers.folder import is_official, read_folder
from fudemoji.data.readers.folders import list_folders
from fudemoji.data.readers.idx import read_idx
from fudemoji.data.readers.npz import npz_names, read_npz, read_npz_array
from fudemoji.data.readers.parquet import list_parquet, parquet_files
from fudemoji.data.readers.table import list_table
from fudemoji.data.readers.tar import read_tar

__all__ = [
    "ARCHIVE_SUFFIXES",
    "is_official",
    "list_archive",
    "list_folders",
    "list_parquet",
    "list_table",
    "npz_names",
    "parquet_files",
    "read_folder",
    "read_idx",
    "read_npz",
    "read_npz_array",
    "read_tar",
]
