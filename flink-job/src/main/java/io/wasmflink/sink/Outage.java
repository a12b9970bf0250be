package io.wasmflink.sink;

/** Why a server takes nothing now, though the elements may be good. */
final class Outage {
  private final String words;
  private final String remedy;

  private Outage(String words, String remedy) {
    this.words = words;
    this.remedy = remedy;
  }

  /** Passes by itself: the server is away, is busy, or holds a lock. */
  static Outage passing(String words) {
    return new Outage(words, "");
  }

  /**
   * Lasts until somebody does something.
   *
   * @param remedy what to do, a sentence
   */
  static Outage lasting(String words, String remedy) {
    return new Outage(words, remedy);
  }

  /** The server's words, or those of the connection to it. */
  String words() {
    return words;
  }

  boolean isLasting() {
    return !remedy.isEmpty();
  }

  String remedy() {
    return remedy;
  }
}
