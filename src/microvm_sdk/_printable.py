"""Text that is safe to print on a terminal or in a log."""


def printable(text: str) -> str:
    r"""Escape control characters, including line breaks, which could forge output.

    Args:
        text: The text.

    Returns:
        The text in one line, with escapes such as `\x1b` and `\n`.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
