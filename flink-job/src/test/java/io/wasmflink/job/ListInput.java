package io.wasmflink.job;

import io.wasmflink.source.EventTimeStrategy;
import io.wasmflink.source.RawRecord;
import java.util.List;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/**
 * Records of a list, in order from one instance, with their own timestamps. A watermark comes after
 * some number of records, and not of some time, so that every run is the same.
 */
final class ListInput implements Input {
  private static final int RECORDS_A_WATERMARK = 100;

  private final List<RawRecord> records;

  ListInput(List<RawRecord> records) {
    this.records = records;
  }

  @Override
  public DataStream<RawRecord> records(
      StreamExecutionEnvironment environment, EventTimeStrategy eventTime) {
    return environment
        .addSource(new ListSource(records.toArray(new RawRecord[0])), RawRecord.TYPE)
        .uid("source")
        .assignTimestampsAndWatermarks(new ByCount(eventTime))
        .uid("event-time");
  }

  private static final class ByCount implements WatermarkStrategy<RawRecord> {
    private static final long serialVersionUID = 1L;

    private final WatermarkStrategy<RawRecord> byTime;

    ByCount(WatermarkStrategy<RawRecord> byTime) {
      this.byTime = byTime;
    }

    @Override
    public TimestampAssigner<RawRecord> createTimestampAssigner(
        TimestampAssignerSupplier.Context context) {
      return byTime.createTimestampAssigner(context);
    }

    @Override
    public WatermarkGenerator<RawRecord> createWatermarkGenerator(
        WatermarkGeneratorSupplier.Context context) {
      WatermarkGenerator<RawRecord> generator = byTime.createWatermarkGenerator(context);
      return new WatermarkGenerator<>() {
        private int records;

        @Override
        public void onEvent(RawRecord record, long time, WatermarkOutput output) {
          generator.onEvent(record, time, output);
          records++;
          if (records % RECORDS_A_WATERMARK == 0) {
            generator.onPeriodicEmit(output);
          }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
      };
    }
  }

  private static final class ListSource implements SourceFunction<RawRecord> {
    private static final long serialVersionUID = 1L;

    private final byte[][] values;
    private final long[] offsets;
    private final long[] timestamps;

    private volatile boolean running = true;

    ListSource(RawRecord[] records) {
      values = new byte[records.length][];
      offsets = new long[records.length];
      timestamps = new long[records.length];
      for (int i = 0; i < records.length; i++) {
        values[i] = records[i].value();
        offsets[i] = records[i].offset();
        timestamps[i] = records[i].timestamp();
      }
    }

    @Override
    public void run(SourceContext<RawRecord> context) {
      for (int i = 0; i < values.length && running; i++) {
        synchronized (context.getCheckpointLock()) {
          context.collectWithTimestamp(
              new RawRecord(values[i], SampleCrime.TOPIC, 0, offsets[i], timestamps[i]),
              timestamps[i]);
        }
      }
    }

    @Override
    public void cancel() {
      running = false;
    }
  }
}
