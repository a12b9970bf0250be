package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.window.ResultRow;
import java.util.List;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.JdbcSink;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** A Postgres table as a sink of rows. */
public final class TableSink {
  private static final int BATCH_ROWS = 1_000;
  private static final long BATCH_INTERVAL_MILLIS = 500;
  private static final int RETRIES = 5;

  private TableSink() {}

  public static SinkFunction<ResultRow> of(
      JobSettings settings, String table, List<Column> columns) {
    return JdbcSink.sink(
        UpsertStatement.of(table, columns),
        new RowBinder(columns),
        JdbcExecutionOptions.builder()
            .withBatchSize(BATCH_ROWS)
            .withBatchIntervalMs(BATCH_INTERVAL_MILLIS)
            .withMaxRetries(RETRIES)
            .build(),
        new JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
            .withUrl(settings.postgresUrl())
            .withDriverName(PostgresDriver.CLASS_NAME)
            .withUsername(settings.postgresUser())
            .withPassword(settings.postgresPassword())
            .build());
  }
}
