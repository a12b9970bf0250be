package io.wasmflink.job;

import io.wasmflink.source.EventTimeStrategy;
import io.wasmflink.source.RawRecord;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Where raw records come from: Kafka in earnest, a list in tests. */
public interface Input {
  DataStream<RawRecord> records(
      StreamExecutionEnvironment environment, EventTimeStrategy eventTime);
}
