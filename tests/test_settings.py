import os
from pathlib import Path

import pytest

from revdemo.errors import RevdemoError
from revdemo.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("REVDEMO_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SPACE_ID", raising=False)


def test_the_environment_sets_and_the_command_line_wins(monkeypatch):
    monkeypatch.setenv("REVDEMO_STARS_MODEL", "someone/stars")
    monkeypatch.setenv("REVDEMO_PORT", "8000")
    assert load_settings().port == 8000
    settings = load_settings(["--port", "9000", "--generator", "models/generator"])
    assert (settings.stars_model, settings.generator) == ("someone/stars", "models/generator")
    assert settings.port == 9000


def test_without_argv_the_command_line_of_the_process_is_not_read(monkeypatch):
    monkeypatch.setattr("sys.argv", ["pytest", "--port", "9000"])
    assert load_settings().port == 7860


def test_folders_follow_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    settings = load_settings(["--cache", "~/elsewhere"])
    assert settings.cache == Path.home() / "elsewhere"
    assert settings.data_dir == tmp_path / "d" / "revdemo"


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("REVDEMO_GENERATOR", "")
    assert load_settings().generator is None


def test_a_space_is_public_and_listens_to_all(monkeypatch):
    assert (load_settings().public, load_settings().host) == (False, "127.0.0.1")
    monkeypatch.setenv("SPACE_ID", "someone/revdemo")
    assert (load_settings().public, load_settings().host) == (True, "0.0.0.0")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--port", "many"], r"--port is 'many': .*integer"),
        (["--port", "0"], r"--port is '0': .*greater than or equal to 1"),
        (["--device", "tpu"], r"--device is 'tpu': .*auto, cpu, cuda or cuda:N"),
        (["--quantize", "int4"], r"--quantize is 'int4': .*auto, int8 or none"),
        (["--deadline", "0"], r"--deadline is '0'"),
        (["--threads", "-1"], r"--threads is '-1'"),
    ],
)
def test_a_bad_flag_is_named_with_what_it_means(argv, message):
    with pytest.raises(RevdemoError, match=message):
        load_settings(argv)


def test_a_bad_variable_is_named_as_the_user_wrote_it(monkeypatch):
    monkeypatch.setenv("REVDEMO_QUEUE_SIZE", "lots")
    with pytest.raises(RevdemoError, match="REVDEMO_QUEUE_SIZE is 'lots'"):
        load_settings()


def test_a_misspelt_variable_is_refused_with_the_nearest_name(monkeypatch):
    monkeypatch.setenv("REVDEMO_STAR_MODEL", "x")
    with pytest.raises(RevdemoError, match=r"REVDEMO_STAR_MODEL.*Did you mean REVDEMO_STARS_MODEL"):
        load_settings()


def test_the_variable_of_the_training_data_is_not_a_setting(monkeypatch):
    monkeypatch.setenv("REVDEMO_DATA", "somewhere")
    assert load_settings() == Settings()


def test_help_shows_every_setting_with_its_variable(capsys):
    with pytest.raises(SystemExit):
        load_settings(["--help"])
    shown = capsys.readouterr().out
    for name in Settings.model_fields:
        assert "--" + name.replace("_", "-") in shown
        assert "REVDEMO_" + name.upper() in shown
