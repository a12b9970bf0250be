package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.window.ResultRow;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

class RowArraysTest {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("a", ColumnType.INTEGER, false),
          new Column("b", ColumnType.REAL, false),
          new Column("c", ColumnType.TEXT, true),
          new Column("d", ColumnType.BOOLEAN, false),
          new Column("e", ColumnType.TIMESTAMP, true));

  /** 02:30 of that night is no time in Chicago, where clocks went from 02:00 to 03:00. */
  private static final LocalDateTime TIME = LocalDateTime.parse("2018-03-11T02:30");

  @Test
  void eachColumnIsAnArray() throws SQLException {
    List<Object[]> arrays =
        bound(
            new ResultRow(7L, 0.5, "THEFT", true, TIME),
            new ResultRow(null, null, null, null, null));
    assertArrayEquals(new Long[] {7L, null}, arrays.get(0));
    assertArrayEquals(new Double[] {0.5, null}, arrays.get(1));
    assertArrayEquals(new String[] {"THEFT", null}, arrays.get(2));
    assertArrayEquals(new Boolean[] {true, null}, arrays.get(3));
    assertArrayEquals(new String[] {"2018-03-11 02:30:00.000000", null}, arrays.get(4));
  }

  @Test
  void noTimeGoesThroughTheZoneOfTheMachine() throws SQLException {
    TimeZone before = TimeZone.getDefault();
    try {
      for (String zone : new String[] {"America/Chicago", "Asia/Kolkata", "UTC"}) {
        TimeZone.setDefault(TimeZone.getTimeZone(zone));
        assertEquals(
            "2018-03-11 02:30:00.000000", bound(new ResultRow(1L, 1.0, "", true, TIME)).get(4)[0]);
      }
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void yearsAreWrittenAsPostgresReadsThem() {
    assertEquals("0001-01-01 00:00:00.000000 BC", RowArrays.text(LocalDateTime.of(0, 1, 1, 0, 0)));
    assertEquals(
        "0044-03-15 12:00:00.000000 BC", RowArrays.text(LocalDateTime.of(-43, 3, 15, 12, 0)));
    assertEquals(
        "12018-01-01 00:00:00.000000", RowArrays.text(LocalDateTime.of(12018, 1, 1, 0, 0)));
  }

  @Test
  void textLosesTheCharacterThatPostgresDoesNotTake() throws SQLException {
    assertEquals("THEFT", bound(new ResultRow(1L, 1.0, "\0TH\0EFT\0", true, TIME)).get(2)[0]);
  }

  @Test
  void aValueOfAnotherTypeIsNotWritten() {
    assertThrows(
        ArrayStoreException.class, () -> bound(new ResultRow("7", null, null, null, null)));
  }

  @Test
  void aDeadLetterHasTheRowAsJson() {
    byte[] json = RowFields.json(COLUMNS, new ResultRow(7L, Double.NaN, "a\"b", null, TIME));
    assertEquals(
        "{\"a\":7,\"b\":\"NaN\",\"c\":\"a\\\"b\",\"d\":null,\"e\":\"2018-03-11T02:30\"}",
        new String(json, StandardCharsets.UTF_8));
    assertEquals(
        List.of("x", TIME), RowFields.key(COLUMNS, new ResultRow(7L, 1.0, "x", true, TIME)));
  }

  /** The arrays that a statement gets. */
  private static List<Object[]> bound(ResultRow... rows) throws SQLException {
    List<Object[]> arrays = new ArrayList<>();
    Connection connection =
        played(
            Connection.class,
            arguments -> {
              arrays.add((Object[]) arguments[1]);
              return played(Array.class, none -> null);
            });
    PreparedStatement statement = played(PreparedStatement.class, arguments -> null);
    RowArrays.bind(connection, statement, COLUMNS, List.of(rows));
    return arrays;
  }

  private interface Answers {
    Object to(Object[] arguments);
  }

  private static <T> T played(Class<T> type, Answers answers) {
    return type.cast(
        Proxy.newProxyInstance(
            RowArraysTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answers.to(arguments)));
  }
}
