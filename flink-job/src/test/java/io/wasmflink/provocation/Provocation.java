package io.wasmflink.provocation;

import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * A job of its own for the end-to-end tests: in every slot of a cluster it does what makes a JVM
 * use the signals that a native library may use too, and forces collections.
 *
 * <p>The JIT turns null checks into plain loads and catches the fault of the processor; a stack
 * overflow is a fault on a guard page. Where a native library takes either signal away from the
 * JVM, the process ends here.
 */
public final class Provocation {
  private static final int ROUNDS = 200_000;
  private static final int COLLECTIONS = 3;

  private Provocation() {}

  public static void main(String[] arguments) throws Exception {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment
        .fromSequence(1, environment.getParallelism())
        .rebalance()
        .flatMap(new Provoke())
        .returns(Types.LONG)
        .addSink(new DiscardingSink<>());
    environment.execute("provocation");
  }

  private static final class Provoke extends RichFlatMapFunction<Long, Long> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Long number, Collector<Long> out) {
      out.collect(nulls());
      out.collect(overflows());
      for (int i = 0; i < COLLECTIONS; i++) {
        System.gc();
      }
    }

    private static long nulls() {
      int[][] rows = {{1}, null};
      long caught = 0;
      for (int i = 0; i < ROUNDS; i++) {
        try {
          // mostly not null, so that the JIT leaves the check to the processor
          caught -= rows[i % 1_000 == 0 ? 1 : 0].length;
        } catch (NullPointerException e) {
          caught += ROUNDS;
        }
      }
      if (caught < ROUNDS) {
        throw new IllegalStateException("A null dereference went unnoticed.");
      }
      return caught;
    }

    private static long overflows() {
      try {
        return depth(0);
      } catch (StackOverflowError e) {
        return 1;
      }
    }

    private static long depth(long above) {
      return depth(above + 1) + above;
    }
  }
}
