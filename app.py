"""The demo: `python app.py` serves it, and a Hugging Face Space runs this file."""

import os

# one thread a request: on two cores two visitors then do not wait for each other's threads
os.environ.setdefault("OMP_NUM_THREADS", "1")

from stygaze.ui import build_page, launch_options, warm_up  # torch reads the variable when it is imported

page = build_page()

if __name__ == "__main__":
    warm_up()
    page.launch(**launch_options())
