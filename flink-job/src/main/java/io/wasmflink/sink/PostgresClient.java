package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.window.ResultRow;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection with a thread of its own. Each statement is a transaction: where the server
 * refuses one for a row's sake, its halves are tried until that row is alone.
 */
final class PostgresClient implements Client<ResultRow> {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresClient.class);

  /**
   * The server gives up a lock it waits for, and a statement, before we give up the server: a
   * statement that nobody waits for any more must not be done later.
   */
  private static final String LIMITS = "SET lock_timeout = '10s'; SET statement_timeout = '30s'";

  private static final int ANSWER_SECONDS = 40;

  private final PostgresServer server;
  private final String table;
  private final List<Column> columns;
  private final Set<String> names;
  private final String sql;
  private final int answerSeconds;
  private final ExecutorService thread;

  /** Written by the thread, and closed under it by the task. */
  private volatile Connection connection;

  private volatile boolean closed;
  private PreparedStatement upsert;

  PostgresClient(PostgresServer server, String table, List<Column> columns) {
    this(server, table, columns, ANSWER_SECONDS);
  }

  /**
   * @param answerSeconds after so long without an answer the connection is given up
   */
  PostgresClient(PostgresServer server, String table, List<Column> columns, int answerSeconds) {
    this.answerSeconds = answerSeconds;
    this.server = server;
    this.table = table;
    this.columns = columns;
    this.names = columns.stream().map(Column::name).collect(Collectors.toSet());
    this.sql = UpsertStatement.of(table, columns);
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, "rows to " + table);
              made.setDaemon(true);
              return made;
            });
  }

  @Override
  public CompletableFuture<Answer<ResultRow>> send(List<ResultRow> rows) {
    return CompletableFuture.supplyAsync(() -> write(rows), thread);
  }

  @Override
  public void close() {
    closed = true;
    thread.shutdownNow();
    abort(connection);
  }

  private Answer<ResultRow> write(List<ResultRow> rows) {
    ArrayDeque<List<ResultRow>> parts = new ArrayDeque<>();
    parts.add(lastOfEachKey(rows));
    List<Answer.Refusal<ResultRow>> refusals = new ArrayList<>();
    while (!parts.isEmpty()) {
      List<ResultRow> part = parts.removeFirst();
      try {
        upsert(part);
      } catch (SQLException e) {
        if (!SqlFault.isOfARow(e, names)) {
          parts.addFirst(part);
          return unfinished(parts, SqlFault.outage(e, table), refusals);
        } else if (part.size() == 1) {
          refusals.add(new Answer.Refusal<>(part.get(0), SqlFault.words(e)));
        } else {
          parts.addFirst(part.subList(part.size() / 2, part.size()));
          parts.addFirst(part.subList(0, part.size() / 2));
        }
      } catch (IOException e) {
        parts.addFirst(part);
        return unfinished(
            parts,
            Outage.lasting(e.toString(), "Make the password's file readable on this machine."),
            refusals);
      }
    }
    return Answer.written(refusals);
  }

  /** A statement can't write a row twice, and the last one is what counts. */
  private List<ResultRow> lastOfEachKey(List<ResultRow> rows) {
    Map<List<Object>, ResultRow> last = new LinkedHashMap<>();
    rows.forEach(row -> last.put(RowFields.key(columns, row), row));
    return new ArrayList<>(last.values());
  }

  private Answer<ResultRow> unfinished(
      ArrayDeque<List<ResultRow>> parts, Outage outage, List<Answer.Refusal<ResultRow>> refusals) {
    // whatever state the connection is in: the next attempt has a new one
    abort(connection);
    connection = null;
    List<ResultRow> again = new ArrayList<>();
    parts.forEach(again::addAll);
    return Answer.unfinished(again, outage, refusals);
  }

  private void upsert(List<ResultRow> rows) throws SQLException, IOException {
    if (connection == null) {
      connect();
    }
    RowArrays.bind(connection, upsert, columns, rows);
    upsert.executeUpdate();
  }

  private void connect() throws SQLException, IOException {
    Connection made = server.connect(answerSeconds);
    connection = made;
    if (closed) {
      abort(made);
    }
    try (Statement statement = made.createStatement()) {
      statement.execute(LIMITS);
    }
    upsert = made.prepareStatement(sql);
  }

  /** Closes the socket, without a word to the server: it may not listen. */
  private static void abort(Connection connection) {
    if (connection == null) {
      return;
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("A connection to Postgres is gone already.", e);
    }
  }
}
