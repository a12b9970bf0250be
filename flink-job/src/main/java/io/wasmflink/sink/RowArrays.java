package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.window.ResultRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.util.List;

/** Binds rows to a statement that takes one array a column. */
final class RowArrays {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendValue(ChronoField.YEAR_OF_ERA, 4, 10, SignStyle.NEVER)
          .appendPattern("-MM-dd HH:mm:ss.SSSSSS")
          .toFormatter(java.util.Locale.ROOT);

  private RowArrays() {}

  /** How a column's array is called in SQL. */
  static String sqlType(ColumnType type) {
    switch (type) {
      case INTEGER:
        return "int8[]";
      case REAL:
        return "float8[]";
      case TEXT:
        return "text[]";
      case BOOLEAN:
        return "bool[]";
      case TIMESTAMP:
        return "timestamp[]";
      default:
        throw new IllegalArgumentException("Unknown column type " + type);
    }
  }

  /** One parameter a column. */
  static void bind(
      Connection connection,
      PreparedStatement statement,
      List<Column> columns,
      List<ResultRow> rows)
      throws SQLException {
    for (int column = 0; column < columns.size(); column++) {
      ColumnType type = columns.get(column).type();
      Object[] values = array(type, rows.size());
      for (int row = 0; row < values.length; row++) {
        values[row] = value(type, rows.get(row).value(column));
      }
      statement.setArray(column + 1, connection.createArrayOf(elementType(type), values));
    }
  }

  private static Object[] array(ColumnType type, int size) {
    switch (type) {
      case INTEGER:
        return new Long[size];
      case REAL:
        return new Double[size];
      case BOOLEAN:
        return new Boolean[size];
      default:
        return new String[size];
    }
  }

  private static String elementType(ColumnType type) {
    switch (type) {
      case INTEGER:
        return "int8";
      case REAL:
        return "float8";
      case BOOLEAN:
        return "bool";
      default:
        return "text";
    }
  }

  private static Object value(ColumnType type, Object value) {
    if (value == null) {
      return null;
    }
    switch (type) {
      case TEXT:
        // Postgres has no NUL in text
        return ((String) value).replace("\0", "");
      case TIMESTAMP:
        return text((LocalDateTime) value);
      default:
        return value;
    }
  }

  /** Never through the JVM's time zone, as a {@code java.sql.Timestamp} would go. */
  static String text(LocalDateTime time) {
    return TIME.format(time) + (time.getYear() > 0 ? "" : " BC");
  }
}
