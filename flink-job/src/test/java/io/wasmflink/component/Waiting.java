package io.wasmflink.component;

/** A process that has loaded the library and waits for its end. */
final class Waiting {
  static final String READY = "loaded";

  private Waiting() {}

  public static void main(String[] arguments) throws Exception {
    AggregateDescription.of(Staged.totals(), Limits.defaults());
    System.out.println(READY);
    Thread.currentThread().join();
  }
}
