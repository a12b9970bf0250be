package io.wasmflink.sink;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server that says what it is told to and then nothing any more, with its connections open. */
final class SilentServer implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
  private final Queue<Socket> connections = new ConcurrentLinkedQueue<>();

  SilentServer(Talk talk) throws IOException {
    Thread thread = new Thread(() -> serve(talk));
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return server.getLocalPort();
  }

  private void serve(Talk talk) {
    while (!server.isClosed()) {
      try {
        Socket connection = server.accept();
        connections.add(connection);
        talk.with(connection);
      } catch (IOException e) {
        // who hung up is judged by what it makes of that
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }

  /** What a client hears. */
  interface Talk {
    void with(Socket connection) throws IOException;
  }
}
