"""A clock that advances only during sleep."""

from dataclasses import dataclass, field

from microvm_sdk.testing._clock import clock


@dataclass
class FakeTime:
    """The functions of `time` that waits use."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)
    is_frozen: bool = False
    """Whether `monotonic` does not advance, even during sleep, as under freezegun."""

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))
        if not self.is_frozen:
            self.now += seconds


class ServiceTime(FakeTime):
    """A fake clock that also advances the clock of the local service in this process."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        clock.advance(seconds)
