package io.wasmflink.component;

import static io.wasmflink.component.IngestTest.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.component.ComponentException.Code;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The native methods themselves, called as no caller in this package would. */
class HostileCallsTest {
  private static final int RANDOM_CALLS = 20_000;
  private static final int CONCURRENT_CALLS = 300;
  private static final byte[] FRAME = {0, 0, 0, 0};

  @Test
  void forgedHandlesAreRefused() {
    NativeLibrary.load();
    long[] forged = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x7f00_1234_5678_9abcL, 1L << 56};
    for (long handle : forged) {
      for (Method method : natives()) {
        if (method.getParameterTypes()[0] == long.class) {
          assertCode(Code.INTERNAL, () -> call(method, arguments(method, handle)));
        }
      }
    }
  }

  @Test
  void aHandleOfAnotherKindIsRefused() {
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults());
        EventTimes times = new EventTimes(Staged.decoder(), Limits.defaults())) {
      for (Method method : natives()) {
        if (method.getParameterTypes()[0] == long.class) {
          long other =
              method.getDeclaringClass() == Aggregate.class ? number(times) : number(totals);
          assertCode(Code.INTERNAL, () -> call(method, arguments(method, other)));
        }
      }
      assertTrue(totals.merge(AggregateTest.partials(Staged.totals(), 2), 2).length > 0);
    }
  }

  @Test
  void aStaleHandleIsClosedEvenWhereItsPlaceIsUsedAgain() {
    Aggregate closed = new Aggregate(Staged.totals(), Limits.defaults());
    long stale = number(closed);
    closed.close();
    try (Aggregate next = new Aggregate(Staged.totals(), Limits.defaults())) {
      assertEquals((int) stale, (int) number(next), "the place is used again");
      for (Method method : natives()) {
        if (method.getDeclaringClass() == Aggregate.class
            && method.getParameterTypes()[0] == long.class) {
          assertCode(Code.CLOSED, () -> call(method, arguments(method, stale)));
        }
      }
      assertTrue(next.merge(AggregateTest.partials(Staged.totals(), 2), 2).length > 0);
    }
  }

  @Test
  void nullsAreRefused() {
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults());
        Ingest ingest = ingest();
        EventTimes times = new EventTimes(Staged.decoder(), Limits.defaults())) {
      Map<Class<?>, Long> handles =
          Map.of(
              Aggregate.class, number(totals),
              Ingest.class, number(ingest),
              EventTimes.class, number(times));
      for (Method method : natives()) {
        if (List.of(method.getParameterTypes()).contains(byte[].class)) {
          Object[] arguments = new Object[method.getParameterCount()];
          for (int i = 0; i < arguments.length; i++) {
            Class<?> type = method.getParameterTypes()[i];
            arguments[i] =
                type == long.class
                    ? handles.get(method.getDeclaringClass())
                    : type == int.class ? (Object) 1 : null;
          }
          assertCode(Code.INTERNAL, () -> call(method, arguments));
        }
      }
    }
  }

  @Test
  void lengthsThatContradictEachOtherAreRefused() {
    byte[] values = "{}{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    try (Ingest ingest = ingest()) {
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, 4}, -1, 0));
      assertCode(
          Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, 4}, Integer.MIN_VALUE, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, 4}, 3, 0));
      assertCode(
          Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, 4}, Integer.MAX_VALUE, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, new int[] {4, 2}, 2, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, new int[] {-2, 4}, 2, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, 5}, 2, 0));
      assertCode(
          Code.INTERNAL, () -> ingest.ingest(values, new int[] {2, Integer.MAX_VALUE}, 2, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(null, new int[] {2}, 1, 0));
      assertCode(Code.INTERNAL, () -> ingest.ingest(values, null, 1, 0));
      assertEquals(2, ingest.ingest(values, new int[] {2, 4}, 2, 0).rejectCount());
    }
  }

  @Test
  void framesOfNoiseAreRefusedOrHarmless() throws Exception {
    Random random = new Random(42);
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      Method merge = Aggregate.class.getDeclaredMethod("merge", long.class, byte[].class);
      Method finish = Aggregate.class.getDeclaredMethod("finish", long.class, byte[].class);
      Method upgrade = Aggregate.class.getDeclaredMethod("upgrade", long.class, byte[].class);
      Method describe = AggregateDescription.class.getDeclaredMethod("describe", byte[].class);
      Method open = Ingest.class.getDeclaredMethod("open", byte[].class);
      for (int i = 0; i < RANDOM_CALLS; i++) {
        byte[] noise = new byte[random.nextInt(64)];
        random.nextBytes(noise);
        if (i % 2 == 0) {
          // small numbers look like lengths and counts
          for (int place = 0; place < noise.length; place++) {
            noise[place] = place % 4 == 0 ? (byte) random.nextInt(12) : 0;
          }
        }
        refusedOrHarmless(merge, number(totals), noise);
        refusedOrHarmless(finish, number(totals), noise);
        refusedOrHarmless(upgrade, number(totals), noise);
        refusedOrHarmless(describe, (Object) noise);
        refusedOrHarmless(open, (Object) noise);
      }
      assertTrue(totals.merge(AggregateTest.partials(Staged.totals(), 2), 2).length > 0);
    }
  }

  @Test
  void aSecondThreadIsRefusedAndTheFirstGoesOn() throws Exception {
    byte[][] parts = AggregateTest.partials(Staged.totals(), 2);
    byte[] large = new byte[3 << 20];
    java.util.Arrays.fill(large, (byte) 1);
    AtomicInteger done = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    AtomicReference<Throwable> unexpected = new AtomicReference<>();
    try (Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults())) {
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                    for (int i = 0; i < CONCURRENT_CALLS; i++) {
                      try {
                        totals.merge(i % 100 == 0 ? new byte[][] {large} : parts, 1);
                        done.incrementAndGet();
                      } catch (ComponentException e) {
                        if (!e.getMessage().contains("another thread")) {
                          throw e;
                        }
                        refused.incrementAndGet();
                      }
                      totals.callNanos();
                    }
                  } catch (Throwable e) {
                    unexpected.set(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      start.countDown();
      for (Thread thread : threads) {
        thread.join();
      }
      if (unexpected.get() != null) {
        throw new AssertionError(unexpected.get());
      }
      assertEquals(4 * CONCURRENT_CALLS, done.get() + refused.get());
      assertTrue(done.get() > 0 && refused.get() > 0, done + " done, " + refused + " refused");
      assertTrue(totals.merge(parts, 2).length > 0);
    }
  }

  @Test
  void closingUnderARunningCallIsSafe() throws Exception {
    byte[] large = new byte[3 << 20];
    java.util.Arrays.fill(large, (byte) 1);
    for (int i = 0; i < 20; i++) {
      Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults());
      CountDownLatch calling = new CountDownLatch(1);
      AtomicReference<Throwable> unexpected = new AtomicReference<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  calling.countDown();
                  for (; ; ) {
                    totals.merge(new byte[][] {large}, 1);
                  }
                } catch (ComponentException e) {
                  if (e.code() != Code.CLOSED) {
                    unexpected.set(e);
                  }
                } catch (Throwable e) {
                  unexpected.set(e);
                }
              });
      caller.start();
      calling.await();
      totals.close();
      caller.join();
      if (unexpected.get() != null) {
        throw new AssertionError(unexpected.get());
      }
    }
  }

  private static Ingest ingest() {
    return new Ingest(Staged.decoder(), List.of(Staged.totals()), false, Limits.defaults());
  }

  private static void refusedOrHarmless(Method method, Object... arguments) throws Exception {
    try {
      call(method, arguments);
    } catch (ComponentException e) {
      assertTrue(
          List.of(Code.INTERNAL, Code.REFUSED, Code.CONTRACT).contains(e.code()), e.getMessage());
    }
  }

  /** Every native method of the package that takes something. */
  private static List<Method> natives() {
    List<Method> natives = new ArrayList<>();
    for (Class<?> type :
        List.of(
            NativeLibrary.class,
            DecoderDescription.class,
            AggregateDescription.class,
            Ingest.class,
            Aggregate.class,
            EventTimes.class)) {
      for (Method method : type.getDeclaredMethods()) {
        if (Modifier.isNative(method.getModifiers()) && method.getParameterCount() > 0) {
          natives.add(method);
        }
      }
    }
    assertTrue(natives.size() >= 15, natives.toString());
    return natives;
  }

  private static Object[] arguments(Method method, long handle) {
    Object[] arguments = new Object[method.getParameterCount()];
    arguments[0] = handle;
    for (int i = 1; i < arguments.length; i++) {
      Class<?> type = method.getParameterTypes()[i];
      arguments[i] =
          type == byte[].class
              ? FRAME
              : type == int[].class ? new int[0] : type == int.class ? (Object) 0 : (Object) 0L;
    }
    return arguments;
  }

  private static Object call(Method method, Object... arguments) throws Exception {
    method.setAccessible(true);
    try {
      return method.invoke(null, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Exception) {
        throw (Exception) e.getCause();
      }
      throw (Error) e.getCause();
    }
  }

  private static long number(Object owner) {
    try {
      Field handle = owner.getClass().getDeclaredField("handle");
      handle.setAccessible(true);
      Field number = Handle.class.getDeclaredField("number");
      number.setAccessible(true);
      return ((AtomicLong) number.get(handle.get(owner))).get();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
