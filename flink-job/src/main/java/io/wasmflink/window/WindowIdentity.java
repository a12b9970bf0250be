package io.wasmflink.window;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.types.Bytes;
import io.wasmflink.types.UnfitState;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Whose window state is: the component by its own name, the version of its state, and the windows
 * that it describes. Not its digest, and none of its settings: a component may be mended, and a
 * threshold may change, while windows are open.
 */
final class WindowIdentity implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String component;
  private final int stateVersion;
  private final boolean sliding;
  private final long size;
  private final long slide;
  private final long slice;

  private WindowIdentity(
      String component, int stateVersion, boolean sliding, long size, long slide, long slice) {
    this.component = component;
    this.stateVersion = stateVersion;
    this.sliding = sliding;
    this.size = size;
    this.slide = slide;
    this.slice = slice;
  }

  static WindowIdentity of(AggregateDescription description) {
    return new WindowIdentity(
        description.name(),
        description.stateVersion(),
        description.sliding(),
        description.windowSizeMillis(),
        description.windowSlideMillis(),
        description.sliceMillis());
  }

  int stateVersion() {
    return stateVersion;
  }

  /**
   * Refuses state that is another component's, of other windows, or of a later version.
   *
   * @param slot what the job calls the aggregate
   */
  void refuseUnlessReads(WindowIdentity stored, String slot) {
    boolean sameWindows =
        stored.sliding == sliding
            && stored.size == size
            && stored.slide == slide
            && stored.slice == slice;
    if (stored.component.equals(component) && sameWindows && stored.stateVersion <= stateVersion) {
      return;
    }
    throw UnfitState.because(
        String.format(
            "The state that was restored for aggregate '%s' is that of %s, but this job runs %s:"
                + " start it with the component and the window settings that it had, or without"
                + " the state.",
            slot, stored, this));
  }

  @Override
  public String toString() {
    String windows =
        sliding
            ? String.format("sliding windows of %s every %s", text(size), text(slide))
            : String.format("tumbling windows of %s", text(size));
    return String.format(
        "component %s with %s and state version %d", component, windows, stateVersion);
  }

  void write(DataOutputView target) throws IOException {
    Bytes.writeText(component, target);
    target.writeInt(stateVersion);
    target.writeBoolean(sliding);
    target.writeLong(size);
    target.writeLong(slide);
    target.writeLong(slice);
  }

  static WindowIdentity read(DataInputView source) throws IOException {
    return new WindowIdentity(
        Bytes.readText(source),
        source.readInt(),
        source.readBoolean(),
        source.readLong(),
        source.readLong(),
        source.readLong());
  }

  /** In the greatest unit that gives a whole number. */
  private static String text(long millis) {
    Duration duration = Duration.ofMillis(millis);
    if (duration.toDays() * 86_400_000L == millis) {
      return duration.toDays() + " d";
    }
    if (duration.toMinutes() * 60_000L != millis) {
      return millis + " ms";
    }
    return duration.toMinutes() % 60 == 0
        ? duration.toHours() + " h"
        : duration.toMinutes() + " min";
  }
}
