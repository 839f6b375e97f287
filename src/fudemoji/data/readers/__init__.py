"""Readers of image sets: arrays in idx and npz, folders of official files, kkanji's tar."""

from fudemoji.data.readers.folder import read_folder
from fudemoji.data.readers.idx import read_idx
from fudemoji.data.readers.npz import read_npz
from fudemoji.data.readers.tar import read_tar

__all__ = ["read_folder", "read_idx", "read_npz", "read_tar"]
