package io.wasmflink.sink;

import java.sql.SQLException;
import org.postgresql.Driver;

/**
 * The Postgres driver, kept out of {@code DriverManager}. That registry lives as long as the
 * process and holds what is in it: with the driver it would hold the class loader of every job that
 * ever ran, until the TaskManager has no room for classes left.
 */
final class PostgresDriver {
  private PostgresDriver() {}

  /** The driver. It registers itself once, when its class is loaded; that is undone here. */
  static Driver unregistered() {
    Driver driver = new Driver();
    if (Driver.isRegistered()) {
      try {
        Driver.deregister();
      } catch (SQLException e) {
        throw new IllegalStateException("The Postgres driver can't be unregistered.", e);
      }
    }
    return driver;
  }
}
