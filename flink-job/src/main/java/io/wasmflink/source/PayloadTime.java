package io.wasmflink.source;

import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.EventTimes;
import io.wasmflink.component.Limits;
import java.lang.ref.Cleaner;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;

/**
 * Event time from the value, by asking the decoder, for producers that do not put it into the Kafka
 * record timestamp. Costs one component call a record.
 */
final class PayloadTime implements TimestampAssigner<RawRecord> {
  private final EventTimes times;

  private PayloadTime(ComponentSource decoder, Limits limits) {
    times = new EventTimes(decoder, limits);
    // Flink never closes an assigner, so its native part goes when Flink lets go of it.
    Cleaner.create().register(this, new Close(times));
  }

  static TimestampAssignerSupplier<RawRecord> supplier(ComponentSource decoder, Limits limits) {
    return context -> new PayloadTime(decoder, limits);
  }

  /** The least timestamp where the value has none: it moves no watermark. */
  @Override
  public long extractTimestamp(RawRecord record, long kafkaTimestamp) {
    return record.value() == null ? Long.MIN_VALUE : times.of(record.value());
  }

  /** Holds no reference to the assigner, which could never become unreachable otherwise. */
  private static final class Close implements Runnable {
    private final EventTimes times;

    Close(EventTimes times) {
      this.times = times;
    }

    @Override
    public void run() {
      times.close();
    }
  }
}
