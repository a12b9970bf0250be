package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import java.io.Serializable;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * A server that takes many elements in one request, where writing an element twice changes nothing.
 *
 * @param <T> what is written
 */
interface Destination<T> extends Serializable {
  /** For logs: what is written, and where. */
  String title();

  /** Most elements in a request. */
  int requestElements();

  /** A request is full where its elements together have so many bytes, by {@link #bytes}. */
  long requestBytes();

  /** Most requests at the same time; 1 keeps the order of elements. */
  int requestsInFlight();

  /** About what an element takes in memory. */
  long bytes(T element);

  /** For what is not yet written at a checkpoint. */
  TypeSerializer<T> serializer();

  /**
   * An element that the server refuses.
   *
   * @param words the server's own
   */
  DeadLetter letter(T element, String words);

  /** Connects later, with the first request. */
  Client<T> open();
}
