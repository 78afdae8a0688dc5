"""What the Flex Template's launcher runs: submits the streaming job, with the template's parameters as arguments."""

from streaming.beam_run import main

if __name__ == "__main__":
    main()
