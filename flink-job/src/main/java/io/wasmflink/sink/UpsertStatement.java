package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.settings.StartupException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The SQL that writes rows under their keys, whether they are there already or not. It is the same
 * for any number of rows: each parameter is a column's array.
 */
final class UpsertStatement {
  private static final Pattern TABLE =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?");

  private UpsertStatement() {}

  /**
   * @param table a name, or schema.name
   */
  static String of(String table, List<Column> columns) {
    checkName(table);
    String keys = names(columns, true);
    String updates =
        columns.stream()
            .filter(column -> !column.key())
            .map(column -> column.name() + " = EXCLUDED." + column.name())
            .collect(Collectors.joining(", "));
    return String.format(
        "INSERT INTO %s (%s) SELECT * FROM unnest(%s) ON CONFLICT (%s) DO %s",
        table,
        columns.stream().map(Column::name).collect(Collectors.joining(", ")),
        columns.stream()
            .map(column -> "?::" + RowArrays.sqlType(column.type()))
            .collect(Collectors.joining(", ")),
        keys,
        updates.isEmpty() ? "NOTHING" : "UPDATE SET " + updates);
  }

  /** The name is put into SQL as it is. */
  static void checkName(String table) {
    if (!TABLE.matcher(table).matches()) {
      throw new StartupException(
          "'"
              + table
              + "' is not a table name that this job takes: letters, digits, _ and one dot.");
    }
  }

  private static String names(List<Column> columns, boolean keys) {
    return columns.stream()
        .filter(column -> column.key() == keys)
        .map(Column::name)
        .collect(Collectors.joining(", "));
  }
}
