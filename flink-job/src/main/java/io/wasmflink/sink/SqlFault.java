package io.wasmflink.sink;

import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a failed statement says: that a row is not acceptable, that the server is away, or that
 * somebody has to do something.
 *
 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">error codes</a>
 */
final class SqlFault {
  /** Data exceptions, violated constraints. */
  private static final Set<String> ROW_CLASSES = Set.of("22", "23");

  /**
   * Two rows of a statement under one key (in the server's eyes only: a collation, or fractions
   * that the column drops), what an index does not take, a view's check option, a trigger's raise.
   */
  private static final Set<String> ROW_STATES = Set.of("21000", "54000", "44000", "P0001");

  private static final String NOT_NULL_VIOLATION = "23502";

  /**
   * Connections, transactions rolled back, resources, objects in use, operators' interventions, the
   * system, a server that is a standby or broken.
   */
  private static final Set<String> PASSING_CLASSES =
      Set.of("08", "25", "40", "53", "55", "57", "58", "XX");

  private SqlFault() {}

  /**
   * Whether one of the rows is at fault, so that the others can be written without it.
   *
   * @param columns names of the columns that the statement writes
   */
  static boolean isOfARow(SQLException fault, Set<String> columns) {
    String state = state(fault);
    if (state.equals(NOT_NULL_VIOLATION)) {
      // a column that the statement does not know is missing in every row alike
      ServerErrorMessage said = serverMessage(fault);
      return said != null && columns.contains(String.valueOf(said.getColumn()));
    }
    return ROW_STATES.contains(state) || ROW_CLASSES.contains(sqlClass(state));
  }

  /** What any other fault is. */
  static Outage outage(SQLException fault, String table) {
    String state = state(fault);
    // no state: the driver failed before the server said anything
    if (state.isEmpty() || PASSING_CLASSES.contains(sqlClass(state))) {
      return Outage.passing(words(fault));
    }
    return Outage.lasting(words(fault), remedy(sqlClass(state), state, table));
  }

  /** The server's words with its code. */
  static String words(SQLException fault) {
    String state = state(fault);
    String message = String.valueOf(fault.getMessage()).strip();
    return state.isEmpty() ? message : message + " (SQLSTATE " + state + ")";
  }

  private static String remedy(String sqlClass, String state, String table) {
    switch (sqlClass) {
      case "28":
      case "3D":
        return "Let the job's role in again (password, pg_hba.conf, database).";
      default:
        if (state.equals("42501")) {
          return "GRANT SELECT, INSERT, UPDATE ON " + table + " to the job's role.";
        }
        return "Give table " + table + " the form back that it had when the job started.";
    }
  }

  private static String state(SQLException fault) {
    return fault.getSQLState() == null ? "" : fault.getSQLState();
  }

  private static String sqlClass(String state) {
    return state.length() < 2 ? state : state.substring(0, 2);
  }

  private static ServerErrorMessage serverMessage(SQLException fault) {
    return fault instanceof PSQLException ? ((PSQLException) fault).getServerErrorMessage() : null;
  }
}
