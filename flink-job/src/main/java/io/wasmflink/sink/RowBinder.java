package io.wasmflink.sink;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.window.ResultRow;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.util.List;
import org.apache.flink.connector.jdbc.JdbcStatementBuilder;

/**
 * Binds a row's values to a statement. Times go as local date-times: a {@code java.sql.Timestamp}
 * would take them through the JVM's time zone.
 */
final class RowBinder implements JdbcStatementBuilder<ResultRow> {
  private static final long serialVersionUID = 1L;

  static {
    // before the connector loads it on a TaskManager
    PostgresDriver.unregistered();
  }

  private final ColumnType[] types;

  RowBinder(List<Column> columns) {
    types = columns.stream().map(Column::type).toArray(ColumnType[]::new);
  }

  @Override
  public void accept(PreparedStatement statement, ResultRow row) throws SQLException {
    for (int i = 0; i < types.length; i++) {
      Object value = row.value(i);
      int parameter = i + 1;
      if (value == null) {
        statement.setNull(parameter, sqlType(types[i]));
        continue;
      }
      switch (types[i]) {
        case INTEGER:
          statement.setLong(parameter, (Long) value);
          break;
        case REAL:
          statement.setDouble(parameter, (Double) value);
          break;
        case TEXT:
          // Postgres has no NUL in text, and one such row would stop the job for good
          statement.setString(parameter, ((String) value).replace("\0", ""));
          break;
        case BOOLEAN:
          statement.setBoolean(parameter, (Boolean) value);
          break;
        case TIMESTAMP:
          statement.setObject(parameter, (LocalDateTime) value);
          break;
        default:
          throw new SQLException("Unknown column type " + types[i]);
      }
    }
  }

  private static int sqlType(ColumnType type) {
    switch (type) {
      case INTEGER:
        return Types.BIGINT;
      case REAL:
        return Types.DOUBLE;
      case TEXT:
        return Types.VARCHAR;
      case BOOLEAN:
        return Types.BOOLEAN;
      default:
        return Types.TIMESTAMP;
    }
  }
}
