"""Every test gets its own cache and data folders, and no network."""

import os

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", GRADIO_ANALYTICS_ENABLED="False")

import pytest

pytest_plugins = ["tests.chromium", "tests.hubs", "tests.publishing"]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings with folders of their own, untouched by the environment of whoever runs the tests."""
    from revdemo.settings import Settings

    for name in [name for name in os.environ if name.startswith("REVDEMO_") and name != "REVDEMO_DATA"]:
        monkeypatch.delenv(name)
    return Settings(cache=tmp_path / "cache", data_dir=tmp_path / "data", device="cpu")
