"""Other people's models as reconstructors; docs/plugins.md has an example of each."""

from recon.plugin.module import ModuleReconstructor
from recon.plugin.regressor import RegressorReconstructor

__all__ = ["ModuleReconstructor", "RegressorReconstructor"]
