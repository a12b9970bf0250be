package io.wasmflink.sink;

import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.Secret;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/** Where Postgres is and how to get in. */
final class PostgresServer implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String CONNECT_SECONDS = "10";

  private final String url;
  private final String user;
  private final Secret password;

  private PostgresServer(String url, String user, Secret password) {
    this.url = url;
    this.user = user;
    this.password = password;
  }

  static PostgresServer of(JobSettings settings) {
    return new PostgresServer(
        settings.postgresUrl(), settings.postgresUser(), settings.postgresPassword());
  }

  String url() {
    return url;
  }

  String user() {
    return user;
  }

  /**
   * A new connection.
   *
   * @param answerSeconds after so long without a sign of life the connection is given up
   * @return null where the URL is not one of Postgres
   * @throws IOException where the password's file can't be read
   */
  Connection connect(int answerSeconds) throws SQLException, IOException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password.read());
    properties.setProperty("connectTimeout", CONNECT_SECONDS);
    properties.setProperty("loginTimeout", CONNECT_SECONDS);
    properties.setProperty("socketTimeout", String.valueOf(answerSeconds));
    properties.setProperty("tcpKeepAlive", "true");
    return PostgresDriver.unregistered().connect(url, properties);
  }
}
