"""How often somebody may try (限速): failures counted in the memory of this process, forgotten after a while.

Each web process counts for itself: with two of them twice as many tries pass, which the length of a code word allows
for (half a trillion words, some dozens of tries in a quarter of an hour).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import Lock

MOST_KEYS = 50_000


class RateLimit:
    """At most `most` failures of one key within `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str, now: float) -> float:
        """How many seconds this key must wait; 0 when it may try."""
        with self._lock:
            times = self._failures.get(key)
            if times is None:
                return 0.0
            while times and times[0] <= now - self.seconds:
                times.popleft()
            if not times:
                del self._failures[key]
                return 0.0
            return times[0] + self.seconds - now if len(times) >= self.most else 0.0

    def failed(self, key: str, now: float) -> None:
        """Note a failure; the keys that failed longest ago are forgotten when there are too many."""
        with self._lock:
            self._failures.setdefault(key, deque(maxlen=self.most)).append(now)
            self._failures.move_to_end(key)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._failures.clear()
