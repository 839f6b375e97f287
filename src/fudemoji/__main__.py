"""`python -m fudemoji`, and so `torchrun -m fudemoji`: the command under a name that both can start."""

from fudemoji.cli import main

if __name__ == "__main__":
    main()
