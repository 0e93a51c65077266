"""When to ask again."""

from __future__ import annotations

from dataclasses import dataclass

from chunkr_integrations.exceptions import ConfigurationError

__all__ = ["Polling"]


@dataclass(frozen=True)
class Polling:
    """How long to wait before a task is asked for again: a share of its age, within limits.

    So a short task is noticed at once, and a long one costs few requests: an hour's task some 440 with the defaults.

    Attributes:
        shortest: Seconds.
        share: Of the task's age; also how late, at most, the end of a task is noticed in relation to its duration.
        longest: Seconds.
        jitter: How much shorter or longer a pause may turn out, as a share of it.
    """

    shortest: float = 0.5
    share: float = 0.04
    longest: float = 10.0
    jitter: float = 0.1

    def __post_init__(self) -> None:
        if not (0 < self.shortest <= self.longest and self.share >= 0 and 0 <= self.jitter < 1):
            msg = f"{self} makes no sense. Give 0 < shortest <= longest, share >= 0 and 0 <= jitter < 1."
            raise ConfigurationError(msg)

    def pause(self, age: float, chance: float) -> float:
        """Seconds until the next question about a task of this age; `chance` is evenly distributed in [0, 1)."""
        pause = min(self.longest, max(self.shortest, age * self.share))
        return pause * (1 + self.jitter * (2 * chance - 1))


EMBEDDED = Polling(shortest=0.01, share=0.1, longest=1.0)
"""The embedded engine is asked often: a question costs no network."""
