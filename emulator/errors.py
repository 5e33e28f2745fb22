"""What goes wrong on the person's side of the emulator: asking a phone for something a real one could not do."""


class ImpossibleError(Exception):
    """A person, a test or the control API asked for something a real phone would not allow.

    `code` is stable and for machines; the text is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
