package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class SqlFaultTest {
  private static final Set<String> COLUMNS = Set.of("total", "district");

  @ParameterizedTest
  @ValueSource(
      strings = {"22001", "22003", "22008", "23514", "23505", "23503", "54000", "21000", "P0001"})
  void aRowIsAtFault(String state) {
    assertTrue(SqlFault.isOfARow(new SQLException("no", state), COLUMNS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "08001", "08006", "40P01", "40001", "55P03", "57014", "57P01", "57P03", "53100", "53300",
        "25006", "58030", "XX000", ""
      })
  void theServerIsAway(String state) {
    SQLException fault = new SQLException("gone", state);
    assertFalse(SqlFault.isOfARow(fault, COLUMNS));
    assertFalse(SqlFault.outage(fault, "days").isLasting());
  }

  @ParameterizedTest
  @ValueSource(strings = {"42P01", "42703", "42501", "28P01", "3D000", "42P10"})
  void somebodyHasToAct(String state) {
    SQLException fault = new SQLException("no", state);
    assertFalse(SqlFault.isOfARow(fault, COLUMNS));
    Outage outage = SqlFault.outage(fault, "days");
    assertTrue(outage.isLasting());
    assertEquals("no (SQLSTATE " + state + ")", outage.words());
  }

  /** Else a column that somebody adds would sweep every row into the dead letters. */
  @Test
  void aColumnThatTheJobDoesNotKnowIsNoFaultOfARow() {
    assertTrue(SqlFault.isOfARow(missing("total"), COLUMNS));
    assertFalse(SqlFault.isOfARow(missing("added"), COLUMNS));
  }

  private static PSQLException missing(String column) {
    return new PSQLException(
        new ServerErrorMessage("SERROR\0C23502\0Mnull value\0c" + column + "\0"));
  }
}
