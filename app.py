"""The demo: `python app.py` serves it, and a Hugging Face Space runs this file."""

from stygaze.ui import build_page, launch_options, warm_up

page = build_page()

if __name__ == "__main__":
    warm_up()
    page.launch(**launch_options())
