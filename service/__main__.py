"""``python -m service`` is ``bnlab``."""

from service.cli.main import main

if __name__ == "__main__":
    main()
