"""`python -m funnel`: the same as the `funnel` command."""

from funnel.cli import main

if __name__ == "__main__":
    main()
