"""Readers of image sets: class folders, tables, archives and parquet; arrays in idx and npz; kkanji's tar."""

from fudemoji.data.readers.archive import ARCHIVE_SUFFIXES, archive_entries, list_archive
from fudemoji.data.readers.folder import is_official, read_folder
from fudemoji.data.readers.folders import folder_entries, list_folders
from fudemoji.data.readers.idx import read_idx
from fudemoji.data.readers.npz import npz_names, read_npz, read_npz_array
from fudemoji.data.readers.parquet import list_parquet, parquet_files
from fudemoji.data.readers.table import list_table, parse_table
from fudemoji.data.readers.tar import read_tar

__all__ = [
    "ARCHIVE_SUFFIXES",
    "archive_entries",
    "folder_entries",
    "is_official",
    "list_archive",
    "list_folders",
    "list_parquet",
    "list_table",
    "npz_names",
    "parquet_files",
    "parse_table",
    "read_folder",
    "read_idx",
    "read_npz",
    "read_npz_array",
    "read_tar",
]
