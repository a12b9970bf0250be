package io.wasmflink.sink;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The way to a server.
 *
 * @param <T> what is written
 */
interface Client<T> extends AutoCloseable {
  /**
   * Sends a request. The answer comes from another thread, whatever happens to the server: a
   * failure of the future is a fault of ours.
   */
  CompletableFuture<Answer<T>> send(List<T> elements);

  /** Gives up what is on its way, at once. */
  @Override
  void close();
}
