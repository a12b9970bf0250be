package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.StartupException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Compares Postgres tables with the rows that components give, before anything is written. */
public final class TableCheck implements AutoCloseable {
  private static final int ANSWER_SECONDS = 20;

  private final Connection connection;
  private final String url;

  /**
   * @throws StartupException where Postgres can't be reached
   */
  public TableCheck(JobSettings settings) {
    PostgresServer server = PostgresServer.of(settings);
    url = server.url();
    try {
      connection = server.connect(ANSWER_SECONDS);
    } catch (SQLException e) {
      throw new StartupException(
          String.format("Postgres at %s does not let '%s' in: %s", url, server.user(), first(e)),
          e);
    } catch (IOException e) {
      throw new StartupException("The password for Postgres can't be read: " + e + ".", e);
    }
    if (connection == null) {
      throw new StartupException(
          "--postgres-url is '"
              + url
              + "', but must be like jdbc:postgresql://localhost/crime_db.");
    }
  }

  /**
   * @throws StartupException that says both sides, where they don't fit
   */
  public void check(String aggregate, String table, List<Column> columns) {
    UpsertStatement.checkName(table);
    try {
      Map<String, String> actual = columnTypes(table);
      if (actual.isEmpty()) {
        throw new StartupException(
            String.format(
                "There is no table '%s' in Postgres at %s for aggregate '%s', which gives" + " %s.",
                table, url, aggregate, describe(columns)));
      }
      boolean fits =
          columns.stream()
              .allMatch(
                  column ->
                      sqlTypes(column.type()).contains(actual.getOrDefault(column.name(), "")));
      if (!fits) {
        throw new StartupException(
            String.format(
                "Aggregate '%s' gives %s, but table '%s' has %s.%s",
                aggregate, describe(columns), table, describe(actual), rounded(columns, actual)));
      }
      Set<String> keys =
          columns.stream()
              .filter(Column::key)
              .map(Column::name)
              .collect(Collectors.toCollection(TreeSet::new));
      List<Set<String>> unique = uniqueKeys(table);
      if (!unique.contains(keys)) {
        throw new StartupException(
            String.format(
                "Aggregate '%s' has one row for each %s, but table '%s' is unique by %s: its primary"
                    + " key must be (%s).",
                aggregate,
                keys,
                table,
                unique.isEmpty() ? "nothing" : unique,
                String.join(", ", keys)));
      }
      checkPrivileges(table);
    } catch (SQLException e) {
      throw new StartupException(
          String.format("Postgres at %s can't be asked for table '%s': %s", url, table, first(e)),
          e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new StartupException("Postgres at " + url + ": " + first(e), e);
    }
  }

  private Map<String, String> columnTypes(String table) throws SQLException {
    Map<String, String> types = new LinkedHashMap<>();
    String query =
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            + " WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped"
            + " ORDER BY a.attnum";
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          types.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    return types;
  }

  private List<Set<String>> uniqueKeys(String table) throws SQLException {
    List<Set<String>> keys = new ArrayList<>();
    String query =
        "SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_attribute a"
            + " ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
            + " WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indpred IS NULL"
            + " GROUP BY i.indexrelid";
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      statement.setString(1, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          keys.add(new TreeSet<>(Arrays.asList((String[]) rows.getArray(1).getArray())));
        }
      }
    }
    return keys;
  }

  private void checkPrivileges(String table) throws SQLException {
    for (String privilege : List.of("SELECT", "INSERT", "UPDATE")) {
      try (PreparedStatement statement =
          connection.prepareStatement("SELECT has_table_privilege(to_regclass(?), ?), user")) {
        statement.setString(1, table);
        statement.setString(2, privilege);
        try (ResultSet rows = statement.executeQuery()) {
          if (rows.next() && !rows.getBoolean(1)) {
            throw new StartupException(
                String.format(
                    "Role '%s' may not %s on table '%s': GRANT SELECT, INSERT, UPDATE ON %s TO %s.",
                    rows.getString(2), privilege, table, table, rows.getString(2)));
          }
        }
      }
    }
  }

  /** Postgres types that take every value of a column type. */
  private static Set<String> sqlTypes(ColumnType type) {
    switch (type) {
      case INTEGER:
        return Set.of("int2", "int4", "int8", "numeric");
      case REAL:
        // not float4: it rounds, without a word
        return Set.of("float8", "numeric");
      case TEXT:
        return Set.of("text", "varchar", "bpchar");
      case BOOLEAN:
        return Set.of("bool");
      case TIMESTAMP:
        // not timestamptz: these times are a wall clock's, which has no zone
        return Set.of("timestamp");
      default:
        return Set.of();
    }
  }

  /** Advice on columns that would take the values, but not keep them. */
  private static String rounded(List<Column> columns, Map<String, String> actual) {
    String names =
        columns.stream()
            .filter(column -> column.type() == ColumnType.REAL)
            .map(Column::name)
            .filter(name -> "float4".equals(actual.get(name)))
            .collect(Collectors.joining(", "));
    return names.isEmpty()
        ? ""
        : String.format(" REAL would round the values of %s: make it DOUBLE PRECISION.", names);
  }

  private static String describe(List<Column> columns) {
    return columns.stream()
        .map(column -> column.name() + " " + column.type())
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String describe(Map<String, String> columns) {
    return columns.entrySet().stream()
        .map(column -> column.getKey() + " " + column.getValue())
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String first(SQLException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
  }
}
