"""What script/build_visemes.py is made of: espeak-ng speaks, a small network learns which sound its features are."""
