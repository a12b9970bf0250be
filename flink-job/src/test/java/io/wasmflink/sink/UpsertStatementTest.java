package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.settings.StartupException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpsertStatementTest {
  private static final Column TOTAL = new Column("total", ColumnType.INTEGER, false);
  private static final Column DISTRICT = new Column("district", ColumnType.INTEGER, true);
  private static final Column START = new Column("start", ColumnType.TIMESTAMP, true);
  private static final Column END = new Column("end_", ColumnType.TIMESTAMP, false);

  @Test
  void aRowUnderAKeyThatIsThereReplacesTheOthers() {
    assertEquals(
        "INSERT INTO city.days (total, district, start, end_)"
            + " SELECT * FROM unnest(?::int8[], ?::int8[], ?::timestamp[], ?::timestamp[])"
            + " ON CONFLICT (district, start)"
            + " DO UPDATE SET total = EXCLUDED.total, end_ = EXCLUDED.end_",
        UpsertStatement.of("city.days", List.of(TOTAL, DISTRICT, START, END)));
  }

  @Test
  void aRowThatIsAllKeyIsLeftAsItIs() {
    assertEquals(
        "INSERT INTO seen (district) SELECT * FROM unnest(?::int8[])"
            + " ON CONFLICT (district) DO NOTHING",
        UpsertStatement.of("seen", List.of(DISTRICT)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "a;drop table b",
        "\"a\"",
        "a.b.c",
        "1a",
        "a.",
        ".a",
        "a--",
        "ä",
        "a\n"
      })
  void whatIsNoPlainNameIsRefused(String table) {
    String message =
        assertThrows(
                StartupException.class, () -> UpsertStatement.of(table, List.of(TOTAL, DISTRICT)))
            .getMessage();
    assertTrue(message.startsWith("'" + table + "' is not a table name"), message);
  }
}
