"""Time that passes only when somebody sleeps."""

from dataclasses import dataclass, field

from microvm_sdk.testing._clock import clock


@dataclass
class FakeTime:
    """What a wait uses of `time`."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)
    stands_still: bool = False
    """Whether the clock does not move, as under freezegun, while sleeping takes its time."""

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))
        if not self.stands_still:
            self.now += seconds


class ServiceTime(FakeTime):
    """Time that passes for the local service in this process, too."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        clock.advance(seconds)
