"""Text that is safe to print on a terminal."""


def escaped(text: str) -> str:
    r"""Escape control characters and the like, which could change what a terminal shows.

    Args:
        text: The text.

    Returns:
        The text with line breaks as they are, and escapes such as `\x1b`.
    """
    return "".join(
        character
        if character == "\n" or character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text
    )
