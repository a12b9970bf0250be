package io.wasmflink.source;

import io.wasmflink.component.ComponentSource;
import io.wasmflink.component.Limits;
import io.wasmflink.settings.JobSettings;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/** Where event time comes from, and how far records may be behind or ahead of others. */
public final class EventTimeStrategy implements WatermarkStrategy<RawRecord> {
  private static final long serialVersionUID = 1L;

  private final Duration outOfOrderness;
  private final Duration maxAhead;
  private final TimestampAssignerSupplier<RawRecord> times;

  private EventTimeStrategy(
      Duration outOfOrderness, Duration maxAhead, TimestampAssignerSupplier<RawRecord> times) {
    this.outOfOrderness = outOfOrderness;
    this.maxAhead = maxAhead;
    this.times = times;
  }

  /**
   * @param decoder null where event time is the Kafka timestamp anyway
   */
  public static EventTimeStrategy of(JobSettings settings, ComponentSource decoder, Limits limits) {
    boolean payload = settings.eventTime() == JobSettings.EventTime.PAYLOAD && decoder != null;
    return new EventTimeStrategy(
        settings.outOfOrderness(),
        settings.maxAhead(),
        payload
            ? PayloadTime.supplier(decoder, limits)
            : context -> (record, kafkaTimestamp) -> kafkaTimestamp);
  }

  @Override
  public TimestampAssigner<RawRecord> createTimestampAssigner(
      TimestampAssignerSupplier.Context context) {
    return times.createTimestampAssigner(context);
  }

  @Override
  public PartitionTime createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
    return partitionTime(new TooFarAhead(context.getMetricGroup()));
  }

  /** For one partition of several that are counted together. */
  PartitionTime partitionTime(TooFarAhead tooFarAhead) {
    return new PartitionTime(outOfOrderness, maxAhead, tooFarAhead);
  }
}
