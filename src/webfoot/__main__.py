"""`python -m webfoot` is the command `webfoot`."""

from webfoot.cli.main import main

if __name__ == "__main__":
    main()
