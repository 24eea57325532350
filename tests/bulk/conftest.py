"""A local Ray cluster, begun once for all tests of this folder that need one."""

import pytest

from revdemo.bulk.cluster import Crew, connected


@pytest.fixture(scope="package")
def cluster():
    """This process is connected to a cluster with room for two workers."""
    pytest.importorskip("ray", reason="the engine ray is not installed (requirements-bulk.txt)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")  # else workers starve on a busy machine
        with connected(Crew(2)):
            yield
