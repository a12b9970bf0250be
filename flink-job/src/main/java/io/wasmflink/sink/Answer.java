package io.wasmflink.sink;

import java.util.List;
import java.util.Optional;

/**
 * What became of a request: all that is neither to be sent again nor refused is written.
 *
 * @param <T> what is written
 */
final class Answer<T> {
  private final List<T> again;
  private final Outage outage;
  private final List<Refusal<T>> refusals;

  private Answer(List<T> again, Outage outage, List<Refusal<T>> refusals) {
    this.again = again;
    this.outage = outage;
    this.refusals = refusals;
  }

  static <T> Answer<T> written(List<Refusal<T>> refusals) {
    return new Answer<>(List.of(), null, refusals);
  }

  /**
   * @param again elements that the server did not take, in order
   */
  static <T> Answer<T> unfinished(List<T> again, Outage outage, List<Refusal<T>> refusals) {
    return new Answer<>(again, outage, refusals);
  }

  List<T> again() {
    return again;
  }

  /** Why there is something to send again. */
  Optional<Outage> outage() {
    return Optional.ofNullable(outage);
  }

  List<Refusal<T>> refusals() {
    return refusals;
  }

  /** An element that the server will never take. */
  static final class Refusal<T> {
    private final T element;
    private final String words;

    Refusal(T element, String words) {
      this.element = element;
      this.words = words;
    }

    T element() {
      return element;
    }

    /** The server's. */
    String words() {
      return words;
    }
  }
}
