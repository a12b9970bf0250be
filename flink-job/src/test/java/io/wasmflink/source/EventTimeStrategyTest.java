package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.component.Limits;
import io.wasmflink.job.BuiltComponents;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.settings.JobSettings;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.Test;

class EventTimeStrategyTest {
  private static final String DATE = "2018-01-01T10:00";

  /** What Flink gives to the parts of a strategy. */
  private static final class Context
      implements WatermarkGeneratorSupplier.Context, TimestampAssignerSupplier.Context {
    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }
  }

  @Test
  void eventTimeIsTheKafkaTimestampByDefault() {
    assertEquals(77, assigner().extractTimestamp(record(SampleCrime.theft(1, DATE).json()), 77));
  }

  @Test
  void eventTimeIsAskedOfTheDecoderWhereThePayloadHasIt() {
    TimestampAssigner<RawRecord> assigner = assigner("--event-time", "payload");
    assertEquals(
        SampleCrime.millis(DATE),
        assigner.extractTimestamp(record(SampleCrime.theft(1, DATE).json()), 77));
    byte[] garbage = "no json".getBytes(StandardCharsets.UTF_8);
    for (byte[] value : new byte[][] {null, {}, garbage}) {
      assertEquals(Long.MIN_VALUE, assigner.extractTimestamp(record(value), 77));
    }
  }

  private static TimestampAssigner<RawRecord> assigner(String... flags) {
    return strategy(flags).createTimestampAssigner(new Context());
  }

  private static WatermarkStrategy<RawRecord> strategy(String... flags) {
    JobSettings settings = BuiltComponents.settings(flags);
    return EventTimeStrategy.of(settings, BuiltComponents.load(flags).decoder(), Limits.defaults());
  }

  private static RawRecord record(byte[] value) {
    return new RawRecord(value, SampleCrime.TOPIC, 0, 0, 77);
  }
}
