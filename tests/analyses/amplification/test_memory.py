"""What was kept of tested days, and was damaged since, is counted again."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from undertow.analyses.amplification.memory import _earlier


@pytest.mark.parametrize("kept", [0, 100, 300])
def test_a_file_that_was_cut_off_is_no_memory(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "days.npz"
    np.savez(path, broad=np.zeros((2, 100)))
    path.write_bytes(path.read_bytes()[:kept])
    assert _earlier(path, Mock(broad=np.zeros((2, 100)))) is None
