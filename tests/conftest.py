"""Every test gets its own cache and data folders, and no network."""

import os

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", GRADIO_ANALYTICS_ENABLED="False")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Threads of several processes wait for one another. Set before torch is imported, and for children too.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

pytest_plugins = ["tests.support.chromium", "tests.support.hub_fixtures", "tests.support.publishing"]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings with folders of their own, untouched by the environment of whoever runs the tests."""
    from revdemo.settings import Settings

    for name in [name for name in os.environ if name.startswith("REVDEMO_") and name != "REVDEMO_DATA"]:
        monkeypatch.delenv(name)
    return Settings(cache=tmp_path / "cache", data_dir=tmp_path / "data", device="cpu")


def pytest_collection_modifyitems(items):
    """On a busy machine a browser loses a click now and then: such a test runs again, and is listed."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))
