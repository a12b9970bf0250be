package io.wasmflink.sink;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between attempts, twice as long after each failure. Random within their upper half, so
 * that the instances of a job do not come back all at the same moment.
 */
final class Backoff {
  static final long FIRST_MILLIS = 200;
  static final long LONGEST_MILLIS = 5_000;

  private int failures;

  /** Pause after one more failure, ms. */
  long next() {
    long longest =
        failures > 30 ? LONGEST_MILLIS : Math.min(FIRST_MILLIS << failures, LONGEST_MILLIS);
    failures++;
    return longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1);
  }

  /** Failures since the last success. */
  int failures() {
    return failures;
  }

  void reset() {
    failures = 0;
  }
}
