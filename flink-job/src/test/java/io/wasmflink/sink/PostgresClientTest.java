package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.wasmflink.component.Column;
import io.wasmflink.component.ColumnType;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.window.ResultRow;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Postgres's protocol as far as a connection, from a server that falls silent. */
class PostgresClientTest {
  /** Far more than any answer takes, so that a client that waits for ever is seen. */
  private static final long ENOUGH_SECONDS = 60;

  private static final int VERSION_3 = 3 << 16;

  /** After what nothing more comes. */
  enum Silence {
    ACCEPTED,
    TLS_DECLINED,
    LOGGED_IN
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatFallsSilentIsAnOutage(Silence after) throws Exception {
    ResultRow row = new ResultRow(7L);
    try (SilentServer frozen = new SilentServer(connection -> talk(connection, after));
        PostgresClient client =
            new PostgresClient(
                server(frozen), "days", List.of(new Column("a", ColumnType.INTEGER, true)), 1)) {
      Answer<ResultRow> answer = client.send(List.of(row)).get(ENOUGH_SECONDS, TimeUnit.SECONDS);
      assertEquals(List.of(row), answer.again());
      assertFalse(answer.outage().orElseThrow().isLasting());
    }
  }

  private static PostgresServer server(SilentServer frozen) {
    String url = "jdbc:postgresql://127.0.0.1:" + frozen.port() + "/test";
    return PostgresServer.of(
        JobSettings.parse(
            new String[] {"--postgres-url", url, "--postgres-user", "test"},
            Map.of("KAFKA_BOOTSTRAP", "none", "PGPASSWORD", "unused")));
  }

  private static void talk(Socket connection, Silence after) throws IOException {
    if (after == Silence.ACCEPTED) {
      return;
    }
    DataInputStream in = new DataInputStream(connection.getInputStream());
    DataOutputStream out = new DataOutputStream(connection.getOutputStream());
    int version = request(in);
    while (version != VERSION_3) {
      // encryption is asked for
      out.writeByte('N');
      if (after == Silence.TLS_DECLINED) {
        return;
      }
      version = request(in);
    }
    message(out, 'R', 0, 0, 0, 0);
    parameter(out, "server_version", "15.13");
    parameter(out, "client_encoding", "UTF8");
    parameter(out, "integer_datetimes", "on");
    parameter(out, "standard_conforming_strings", "on");
    message(out, 'Z', 'I');
  }

  /** Reads a request without a type, and gives what it asks for. */
  private static int request(DataInputStream in) throws IOException {
    int length = in.readInt();
    int code = in.readInt();
    in.readFully(new byte[length - 2 * Integer.BYTES]);
    return code;
  }

  private static void parameter(DataOutputStream out, String name, String value)
      throws IOException {
    byte[] bytes = (name + "\0" + value + "\0").getBytes(StandardCharsets.US_ASCII);
    out.writeByte('S');
    out.writeInt(Integer.BYTES + bytes.length);
    out.write(bytes);
  }

  private static void message(DataOutputStream out, char type, int... bytes) throws IOException {
    out.writeByte(type);
    out.writeInt(Integer.BYTES + bytes.length);
    for (int one : bytes) {
      out.writeByte(one);
    }
  }
}
