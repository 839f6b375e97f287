import sys

import numpy as np
import pytest
import torch

from fudemoji.engine.memory import forget_peaks, peak_device_memory, peak_memory

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and forgets the peak")


@linux
def test_the_peak_rises_with_what_is_held_and_is_forgotten():
    forget_peaks()
    before = peak_memory()
    block = np.ones(200_000_000, dtype=np.uint8)
    assert peak_memory() - before > 150_000_000
    del block
    forget_peaks()
    assert peak_memory() - before < 100_000_000


def test_a_cpu_has_no_memory_of_its_own():
    assert peak_device_memory(torch.device("cpu")) is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_what_a_gpu_held_is_counted():
    device = torch.device("cuda")
    block = torch.ones(50_000_000, dtype=torch.uint8, device=device)
    assert peak_device_memory(device) >= block.numel()
    del block
    forget_peaks()
    assert peak_device_memory(device) < 50_000_000
