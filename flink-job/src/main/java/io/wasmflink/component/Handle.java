package io.wasmflink.component;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/** A native object by its number, until it is closed. Any thread may ask. */
final class Handle {
  private static final long CLOSED = 0;

  private final String what;
  private final AtomicLong number;

  /**
   * @param what the object, for messages
   */
  Handle(String what, long number) {
    this.what = what;
    this.number = new AtomicLong(number);
  }

  /**
   * @throws ComponentException where it is closed
   */
  long number() {
    long open = number.get();
    if (open == CLOSED) {
      throw new ComponentException(
          ComponentException.Code.CLOSED, what + " is closed and can't be used any more.");
    }
    return open;
  }

  /**
   * Asks the open object, and the other where it is closed or another thread closes it just now.
   */
  long ask(LongUnaryOperator open, LongSupplier closed) {
    long now = number.get();
    if (now != CLOSED) {
      try {
        return open.applyAsLong(now);
      } catch (ComponentException e) {
        if (e.code() != ComponentException.Code.CLOSED) {
          throw e;
        }
      }
    }
    return closed.getAsLong();
  }

  /** Closes it the first time, and does nothing after that. */
  void close(LongConsumer close) {
    long open = number.getAndSet(CLOSED);
    if (open != CLOSED) {
      close.accept(open);
    }
  }
}
