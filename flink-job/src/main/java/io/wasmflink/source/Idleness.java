package io.wasmflink.source;

import java.time.Duration;

/**
 * When a partition is idle: it has been read to its end, and has stayed so for some time. That is
 * known from answers of the broker, and only as long as they follow each other closely. Where they
 * do not, because the broker or this process stood still or the reader was blocked by what is
 * behind it, the time begins anew.
 */
final class Idleness {
  private static final Duration LONGEST_GAP = Duration.ofSeconds(10);

  /** A busy machine is not a stall. */
  private static final Duration SHORTEST_GAP = Duration.ofSeconds(1);

  private static final int QUESTIONS_A_GAP = 4;

  private final long afterNanos;
  private final long gapNanos;
  private final long stepNanos;

  Idleness(Duration after) {
    afterNanos = after.toNanos();
    gapNanos = Math.max(SHORTEST_GAP.toNanos(), Math.min(LONGEST_GAP.toNanos(), afterNanos / 2));
    stepNanos = gapNanos / QUESTIONS_A_GAP;
  }

  /** How long an answer is good for; a later one is not waited for. */
  Duration patience() {
    return Duration.ofNanos(gapNanos);
  }

  /** The time from one question to the next. */
  Duration step() {
    return Duration.ofNanos(stepNanos);
  }

  /** What is known of one partition. Times are those of {@link System#nanoTime}. */
  final class Evidence {
    private boolean atEnd;
    private long since;
    private long confirmed;
    private boolean idle;

    boolean isIdle() {
      return idle;
    }

    /** Something speaks against it. */
    void dismiss() {
      atEnd = false;
      idle = false;
    }

    /** Whether it is idle by an answer that is too old by now. */
    boolean isStale(long now) {
      return idle && now - confirmed > gapNanos;
    }

    /**
     * The broker said that nothing is behind what was read.
     *
     * @param asked when it was asked
     * @return whether the partition has become idle
     */
    boolean confirm(long asked, long now) {
      if (now - asked > gapNanos) {
        return false;
      }
      if (!atEnd || asked - confirmed > gapNanos) {
        atEnd = true;
        since = now;
      }
      confirmed = asked;
      boolean becomes = !idle && asked - since >= afterNanos;
      idle |= becomes;
      return becomes;
    }
  }
}
