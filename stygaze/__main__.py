from stygaze.cli import main

main()
