import pytest

from builders import glyphs, write_glyphs


@pytest.fixture
def no_report(monkeypatch):
    """A comparison shows what runs did; their own pages take seconds each."""
    monkeypatch.setattr("fudemoji.training.session.write_report", lambda run: run.report_path)


@pytest.fixture
def signs(tmp_path):
    """A folder of signs in KMNIST's format."""
    return write_glyphs(tmp_path / "signs", glyphs(88, 24))
