package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import java.io.Serializable;

/**
 * Windows aligned to 1970-01-01T00:00 on the wall clock: one of {@code size} begins every {@code
 * slide}. Times are ms on that clock.
 */
class WindowShape implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long size;
  private final long slide;

  WindowShape(long size, long slide) {
    this.size = size;
    this.slide = slide;
  }

  static WindowShape of(AggregateDescription description) {
    return new WindowShape(description.windowSizeMillis(), description.windowSlideMillis());
  }

  /** Where the window begins whose last moment that is. */
  long startOf(long lastMoment) {
    return lastMoment + 1 - size;
  }

  /** The last moment of the window that begins there. */
  long lastMomentOf(long start) {
    return start + size - 1;
  }

  /** The last moment of the last window that contains a slice. */
  long lastMomentWith(long sliceStart) {
    return lastMomentOf(Math.floorDiv(sliceStart, slide) * slide);
  }

  /** Where the first window begins that contains a slice. */
  long firstStartWith(long sliceStart) {
    return Math.floorDiv(sliceStart - size, slide) * slide + slide;
  }

  /** Where the first window begins whose last moment comes after a moment. */
  long firstStartEndingAfter(long moment) {
    return firstStartWith(moment + 1);
  }
}
