"""Notes on exceptions, which Python shows below their tracebacks from 3.11 on."""


def notes_of(error: BaseException) -> list[str]:
    """Return the notes of an exception."""
    notes: list[str] = getattr(error, "__notes__", [])
    return notes


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, as its own `add_note` does from Python 3.11 on."""
    # Some exceptions refuse new attributes.
    BaseException.__setattr__(error, "__notes__", [*notes_of(error), note])
