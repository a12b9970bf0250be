package io.wasmflink.sink;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of an outage when it begins, each minute while it lasts, and when it is over. */
final class OutageLog {
  private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);
  private static final long INTERVAL_MILLIS = 60_000;

  private final String server;
  private String toldWords = "";
  private long toldMillis;
  private long sinceMillis;
  private long attempts;

  OutageLog(String server) {
    this.server = server;
  }

  /** An attempt that failed. Other words than those that were told last are told at once. */
  void failed(Outage outage, int elements, long nowMillis) {
    if (attempts++ == 0) {
      sinceMillis = nowMillis;
    } else if (outage.words().equals(toldWords) && nowMillis - toldMillis < INTERVAL_MILLIS) {
      return;
    }
    toldWords = outage.words();
    toldMillis = nowMillis;
    if (outage.isLasting()) {
      LOG.error(
          "{} takes nothing, and will not until somebody acts: {}. {} The job keeps {} elements and"
              + " goes on trying (attempt {}).",
          server,
          outage.words(),
          outage.remedy(),
          elements,
          attempts);
    } else {
      LOG.warn(
          "{} takes nothing at the moment: {}. The job keeps {} elements and goes on trying (attempt"
              + " {}).",
          server,
          outage.words(),
          elements,
          attempts);
    }
  }

  /** A request that went well. */
  void succeeded(long nowMillis) {
    if (attempts > 0) {
      LOG.info(
          "{} takes everything again, after {} ms and {} attempts.",
          server,
          nowMillis - sinceMillis,
          attempts);
      attempts = 0;
      toldWords = "";
    }
  }
}
