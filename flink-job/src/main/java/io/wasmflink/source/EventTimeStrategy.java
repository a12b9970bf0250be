package io.wasmflink.source;

import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import io.wasmflink.settings.JobSettings;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/** How watermarks are made: per partition, from bounded out-of-orderness. */
public final class EventTimeStrategy {
  private EventTimeStrategy() {}

  /**
   * @param decoder null where event time is the Kafka timestamp anyway
   */
  public static WatermarkStrategy<RawRecord> of(
      JobSettings settings, ComponentSource decoder, Limits limits) {
    WatermarkStrategy<RawRecord> strategy =
        WatermarkStrategy.forBoundedOutOfOrderness(settings.outOfOrderness());
    // A bounded source takes a partition out when it is read to its end. Idleness would then only
    // do harm: a partition that waits its turn would be taken for a silent one, and be late.
    Duration idleness = settings.idleness();
    if (!settings.bounded() && !idleness.isZero()) {
      strategy = strategy.withIdleness(idleness);
    }
    if (settings.eventTime() == JobSettings.EventTime.PAYLOAD && decoder != null) {
      strategy = strategy.withTimestampAssigner(PayloadTime.supplier(decoder, limits));
    }
    return strategy;
  }
}
