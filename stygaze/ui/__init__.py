"""The web page: one module a tab, shared parts beside them. It arranges and shows; the packages below do the work."""

from stygaze.ui.page import build_page, launch_options
from stygaze.ui.studio import warm_up

__all__ = ["build_page", "launch_options", "warm_up"]
