"""The local service's clock: the machine's, which a test can put forward."""

from datetime import datetime, timedelta, timezone


class Clock:
    """The time that the local service goes by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Tell the time.

        Returns:
            The machine's time in UTC, plus what the clock was put forward.
        """
        return datetime.now(timezone.utc) + self._ahead

    def advance(self, seconds: float) -> None:
        """Put the clock forward.

        Args:
            seconds: By how much; not negative.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            msg = f"a clock goes forward only, not by {seconds} seconds"
            raise ValueError(msg)
        self._ahead += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Go by the machine's time again."""
        self._ahead = timedelta()


clock = Clock()
