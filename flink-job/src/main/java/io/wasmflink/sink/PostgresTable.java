package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.window.ResultRow;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** A Postgres table that takes rows. */
public final class PostgresTable implements Destination<ResultRow> {
  private static final long serialVersionUID = 1L;

  /** Reason of a row that Postgres does not take. */
  static final String REFUSED = "refused-by-postgres";

  private static final int REQUEST_ROWS = 5_000;
  private static final long REQUEST_BYTES = 2 * 1024 * 1024;
  private static final int OBJECT_BYTES = 40;

  private final PostgresServer server;
  private final String aggregate;
  private final String table;
  private final List<Column> columns;

  PostgresTable(PostgresServer server, String aggregate, String table, List<Column> columns) {
    this.server = server;
    this.aggregate = aggregate;
    this.table = table;
    this.columns = new ArrayList<>(columns);
  }

  /** Writes an aggregate's rows into its table, and gives those that Postgres refuses. */
  public static SingleOutputStreamOperator<DeadLetter> deliver(
      DataStream<ResultRow> rows, JobSettings settings, String aggregate, List<Column> columns) {
    String table = settings.table(aggregate);
    PostgresTable destination =
        new PostgresTable(PostgresServer.of(settings), aggregate, table, columns);
    return Delivery.of(rows, destination, "postgres-" + table);
  }

  @Override
  public String title() {
    return "Table " + table + " at " + server.url();
  }

  @Override
  public int requestElements() {
    return REQUEST_ROWS;
  }

  @Override
  public long requestBytes() {
    return REQUEST_BYTES;
  }

  /** Two rows of one key must stay in order. */
  @Override
  public int requestsInFlight() {
    return 1;
  }

  @Override
  public long bytes(ResultRow row) {
    long bytes = OBJECT_BYTES;
    for (int i = 0; i < row.size(); i++) {
      Object value = row.value(i);
      bytes += OBJECT_BYTES + (value instanceof String ? ((String) value).length() : 0);
    }
    return bytes;
  }

  @Override
  public TypeSerializer<ResultRow> serializer() {
    return new ResultRow.Serializer();
  }

  @Override
  public DeadLetter letter(ResultRow row, String words) {
    StringBuilder place = new StringBuilder(table);
    RowFields.key(columns, row).forEach(value -> place.append('/').append(value));
    TreeMap<String, String> origin = new TreeMap<>();
    origin.put("component", aggregate);
    origin.put("table", table);
    return DeadLetter.refused(
        place.toString(), RowFields.json(columns, row), REFUSED, words, origin);
  }

  @Override
  public Client<ResultRow> open() {
    return new PostgresClient(server, table, columns);
  }
}
