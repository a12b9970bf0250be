package io.wasmflink.component;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What an aggregate says of itself. */
public final class AggregateDescription implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final ColumnType[] TYPES = ColumnType.values();

  private final String name;
  private final String version;
  private final String digest;
  private final int stateVersion;
  private final boolean sliding;
  private final long windowSizeMillis;
  private final long windowSlideMillis;
  private final long sliceMillis;
  private final long minWeight;
  private final boolean keepsHistory;
  private final ArrayList<Column> columns = new ArrayList<>();

  private AggregateDescription(Frame frame) {
    name = frame.nextText();
    version = frame.nextText();
    digest = frame.nextText();
    stateVersion = frame.nextInt();
    sliding = frame.nextBoolean();
    windowSizeMillis = frame.nextLong();
    windowSlideMillis = frame.nextLong();
    sliceMillis = frame.nextLong();
    minWeight = frame.nextLong();
    keepsHistory = frame.nextBoolean();
    int count = frame.nextInt();
    for (int i = 0; i < count; i++) {
      columns.add(new Column(frame.nextText(), TYPES[frame.nextByte()], frame.nextBoolean()));
    }
  }

  /**
   * Loads an aggregate and asks it.
   *
   * @throws ComponentException where it is no aggregate of this contract, refuses its settings, or
   *     describes something that can't be
   */
  public static AggregateDescription of(ComponentSource source, Limits limits) {
    NativeLibrary.load();
    return new AggregateDescription(new Frame(describe(ComponentSource.frame(source, limits))));
  }

  /** What it calls itself. */
  public String name() {
    return name;
  }

  /** Its version, for people. */
  public String version() {
    return version;
  }

  /** SHA-256 of its bytes, in hexadecimal. */
  public String digest() {
    return digest;
  }

  /** Version of the layout of accumulators and history, 1 or more. */
  public int stateVersion() {
    return stateVersion;
  }

  /** Whether windows overlap. */
  public boolean sliding() {
    return sliding;
  }

  /** Length of a window. */
  public long windowSizeMillis() {
    return windowSizeMillis;
  }

  /** Step from one window to the next; the length itself for tumbling windows. */
  public long windowSlideMillis() {
    return windowSlideMillis;
  }

  /** The greatest step that divides both. */
  public long sliceMillis() {
    return sliceMillis;
  }

  /** Windows with fewer records give no row. */
  public long minWeight() {
    return minWeight;
  }

  /** Whether windows read or write history. */
  public boolean keepsHistory() {
    return keepsHistory;
  }

  /** Columns of the rows, in order. */
  public List<Column> columns() {
    return Collections.unmodifiableList(columns);
  }

  private static native byte[] describe(byte[] source);
}
