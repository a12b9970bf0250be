package io.wasmflink.component;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Calls of components where the JVM has nothing left for them: no stack, no memory. */
final class LastStraw {
  static final String PASSED = "nothing broke";

  private static final int LEVELS_BETWEEN_CALLS = 20;
  private static final int BLOCK = 64 * 1024;
  private static final int BLOCKS_LEFT = 32;

  private final Map<String, Integer> outcomes = new TreeMap<>();

  private LastStraw() {}

  public static void main(String[] arguments) throws Exception {
    new LastStraw().stack();
    new LastStraw().memory();
    System.out.println(PASSED);
  }

  /** A component that takes all of its stack, called from ever deeper in a recursion. */
  private void stack() throws InterruptedException {
    try (Aggregate deep = new Aggregate(Staged.hostile("merge", "overflow"), Limits.defaults())) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  deeper(deep, 0);
                } catch (StackOverflowError e) {
                  outcomes.merge("overflow", 1, Integer::sum);
                }
              });
      thread.start();
      thread.join();
      System.out.println("stack: " + outcomes);
      check(outcomes.containsKey("TRAP"), "the component ran while there was stack");
      check(outcomes.containsKey("INTERNAL"), "it was refused where there was too little");
      check(outcomes.containsKey("overflow"), "Java noticed its own overflow");
    }
  }

  private void deeper(Aggregate deep, int level) {
    if (level % LEVELS_BETWEEN_CALLS == 0) {
      try {
        deep.merge(new byte[][] {{}}, 1);
      } catch (ComponentException e) {
        outcomes.merge(e.code().name(), 1, Integer::sum);
      }
    }
    deeper(deep, level + 1);
  }

  /** A result for which there is no room. */
  private void memory() {
    StringBuilder text = new StringBuilder();
    int[] ends = new int[12_000];
    for (int i = 0; i < ends.length; i++) {
      text.append(Values.crime(i, "2018-01-01T10:00:00", "004", "THEFT"));
      ends[i] = text.length();
    }
    byte[] values = text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    text = null;
    try (Ingest ingest = new Ingest(Staged.decoder(), List.of(), true, Limits.defaults())) {
      List<byte[]> hoard = hoard();
      ComponentException refusal = null;
      try {
        ingest.ingest(values, ends, ends.length, Long.MIN_VALUE);
      } catch (ComponentException e) {
        refusal = e;
      }
      hoard.clear();
      check(refusal != null, "there was room for the result");
      System.out.println("memory: " + refusal.code() + " " + refusal.getMessage());
      check(refusal.code() == ComponentException.Code.INTERNAL, "the code");
      IngestResult result = ingest.ingest(values, ends, ends.length, Long.MIN_VALUE);
      check(result.documentCount() == ends.length, "the next call");
    }
  }

  /** All of the heap but a little. */
  private static List<byte[]> hoard() {
    List<byte[]> blocks = new ArrayList<>(100_000);
    try {
      for (; ; ) {
        blocks.add(new byte[BLOCK]);
      }
    } catch (OutOfMemoryError e) {
      for (int i = 0; i < BLOCKS_LEFT; i++) {
        blocks.remove(blocks.size() - 1);
      }
      return blocks;
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
