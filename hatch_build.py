"""Puts data, lessons and constraints into a wheel; an editable install reads them from the checkout instead."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHARED = ("data", "notebooks", "constraints.txt")


class ShareHook(BuildHookInterface):
    """Copies `SHARED` to `bertlab/_share/`, where `bertlab.paths` looks when there is no checkout.

    A static `force-include` in pyproject.toml would act on editable installs too, and leave a stale copy there.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders to a standard wheel; `version` is "editable" for `pip install -e`."""
        if version == "standard":
            build_data["force_include"].update({name: f"bertlab/_share/{name}" for name in SHARED})
