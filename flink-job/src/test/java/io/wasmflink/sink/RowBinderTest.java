package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.window.ResultRow;
import java.lang.reflect.Proxy;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

class RowBinderTest {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("a", ColumnType.INTEGER, false),
          new Column("b", ColumnType.REAL, false),
          new Column("c", ColumnType.TEXT, true),
          new Column("d", ColumnType.BOOLEAN, false),
          new Column("e", ColumnType.TIMESTAMP, true));

  @Test
  void valuesGoAsTheirColumnsTypes() throws SQLException {
    LocalDateTime time = LocalDateTime.parse("2018-01-01T00:00");
    assertEquals(
        List.of(
            "setLong 1 7",
            "setDouble 2 0.5",
            "setString 3 THEFT",
            "setBoolean 4 true",
            "setObject 5 2018-01-01T00:00"),
        bind(new ResultRow(7L, 0.5, "THEFT", true, time)));
  }

  @Test
  void nullsKeepTheirColumnsTypes() throws SQLException {
    assertEquals(
        List.of(
            "setNull 1 " + Types.BIGINT,
            "setNull 2 " + Types.DOUBLE,
            "setNull 3 " + Types.VARCHAR,
            "setNull 4 " + Types.BOOLEAN,
            "setNull 5 " + Types.TIMESTAMP),
        bind(new ResultRow(null, null, null, null, null)));
  }

  /** 02:30 of that night is no time in Chicago, where clocks went from 02:00 to 03:00. */
  @Test
  void noTimeGoesThroughTheZoneOfTheMachine() throws SQLException {
    LocalDateTime time = LocalDateTime.parse("2018-03-11T02:30");
    TimeZone before = TimeZone.getDefault();
    try {
      for (String zone : new String[] {"America/Chicago", "Asia/Kolkata", "UTC"}) {
        TimeZone.setDefault(TimeZone.getTimeZone(zone));
        assertEquals(
            "setObject 5 2018-03-11T02:30", bind(new ResultRow(1L, 1.0, "", true, time)).get(4));
      }
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void textLosesTheCharacterThatPostgresDoesNotTake() throws SQLException {
    LocalDateTime time = LocalDateTime.parse("2018-01-01T00:00");
    assertEquals(
        "setString 3 THEFT", bind(new ResultRow(1L, 1.0, "\0TH\0EFT\0", true, time)).get(2));
  }

  @Test
  void aValueOfAnotherTypeIsNotWritten() {
    assertThrows(ClassCastException.class, () -> bind(new ResultRow("7", null, null, null, null)));
  }

  /** What was called on the statement. */
  private static List<String> bind(ResultRow row) throws SQLException {
    List<String> calls = new ArrayList<>();
    PreparedStatement statement =
        (PreparedStatement)
            Proxy.newProxyInstance(
                RowBinderTest.class.getClassLoader(),
                new Class<?>[] {PreparedStatement.class},
                (proxy, method, arguments) -> {
                  calls.add(method.getName() + " " + arguments[0] + " " + arguments[1]);
                  return null;
                });
    new RowBinder(COLUMNS).accept(statement, row);
    return calls;
  }
}
