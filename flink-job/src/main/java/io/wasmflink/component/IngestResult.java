package io.wasmflink.component;

import java.util.ArrayList;
import java.util.List;

/**
 * What a batch gave. Reads from the array that the native library filled, which the next batch
 * fills again: reading an older result is an error.
 */
public final class IngestResult {
  private static final int CALLS_BYTES = 2 * Long.BYTES;

  private final List<String> slots;
  private final int eventCount;
  private final int withoutPosition;
  private final int doubtfulUpdates;
  private final long minEventTime;
  private final long maxEventTime;
  private final int calls;
  private final Contributions[] contributions;
  private final int documentCount;
  private final int documentVersions;
  private final Frame.ByteStrings documentIds;
  private final Frame.ByteStrings documentBodies;
  private final Reject[] rejects;
  private final int[] lateIndices;
  private final int[] lateAggregates;

  private Frame frame;

  private static final class Reject {
    final int index;
    final String reason;
    final String detail;
    final String component;

    Reject(Frame frame) {
      index = frame.nextInt();
      reason = frame.nextText();
      detail = frame.nextText();
      component = frame.nextText();
    }
  }

  /**
   * @param slots of the aggregates, in order
   */
  IngestResult(Frame frame, List<String> slots) {
    this.frame = frame;
    this.slots = slots;
    eventCount = frame.nextInt();
    withoutPosition = frame.nextInt();
    doubtfulUpdates = frame.nextInt();
    minEventTime = frame.nextLong();
    maxEventTime = frame.nextLong();
    calls = frame.skip(0) + Integer.BYTES;
    frame.skip(CALLS_BYTES * frame.nextInt());
    contributions = new Contributions[frame.nextInt()];
    for (int i = 0; i < contributions.length; i++) {
      contributions[i] = new Contributions(this, frame);
    }
    documentCount = frame.nextInt();
    documentVersions = frame.skip(Long.BYTES * documentCount);
    documentIds = frame.nextByteStrings(documentCount);
    documentBodies = frame.nextByteStrings(documentCount);
    rejects = new Reject[frame.nextInt()];
    for (int i = 0; i < rejects.length; i++) {
      rejects[i] = new Reject(frame);
    }
    lateIndices = new int[frame.nextInt()];
    lateAggregates = new int[lateIndices.length];
    for (int i = 0; i < lateIndices.length; i++) {
      lateIndices[i] = frame.nextInt();
      lateAggregates[i] = frame.nextInt();
    }
  }

  /** Nobody may read from the frame any more. */
  void expire() {
    frame = null;
  }

  /** The frame, if it still holds this result. */
  Frame frame() {
    if (frame == null) {
      throw new ComponentException(
          ComponentException.Code.CLOSED,
          "A result of Ingest can be read until the next batch only.");
    }
    return frame;
  }

  /** What is added to the windows of one aggregate. */
  public Contributions contributions(int aggregate) {
    return contributions[aggregate];
  }

  /** Events decoded. */
  public int eventCount() {
    return eventCount;
  }

  /** Events without a usable position. */
  public int withoutPosition() {
    return withoutPosition;
  }

  /** Events that say when they were corrected, but not so that the decoder believes it. */
  public int doubtfulUpdates() {
    return doubtfulUpdates;
  }

  /** Least event time, ms on the wall clock; {@link Long#MAX_VALUE} where there is no event. */
  public long minEventTime() {
    return minEventTime;
  }

  /** Greatest event time, ms on the wall clock; {@link Long#MIN_VALUE} where there is no event. */
  public long maxEventTime() {
    return maxEventTime;
  }

  /**
   * Time spent in calls of a component for this batch.
   *
   * @param component 0 for the decoder, then the aggregates in order
   */
  public long callNanos(int component) {
    return frame().longAt(calls + CALLS_BYTES * component);
  }

  /** Calls of a component that failed for this batch, numbered like {@link #callNanos}. */
  public long traps(int component) {
    return frame().longAt(calls + CALLS_BYTES * component + Long.BYTES);
  }

  public int documentCount() {
    return documentCount;
  }

  public String documentId(int document) {
    frame();
    return documentIds.text(document);
  }

  /** 0 or more; a greater one replaces a smaller one. */
  public long documentVersion(int document) {
    return frame().longAt(documentVersions + Long.BYTES * document);
  }

  /** A JSON object, UTF-8. */
  public byte[] documentBody(int document) {
    frame();
    return documentBodies.bytes(document);
  }

  /** Values that no window counts. */
  public int rejectCount() {
    return rejects.length;
  }

  /** Index of the value in the batch; ascends. */
  public int rejectIndex(int reject) {
    return rejects[reject].index;
  }

  /** In kebab case; {@code trap} where a component failed on the value. */
  public String rejectReason(int reject) {
    return rejects[reject].reason;
  }

  /** What was found, for a person. */
  public String rejectDetail(int reject) {
    return rejects[reject].detail;
  }

  /** The slot of the component that failed on the value; null where none did. */
  public String rejectComponent(int reject) {
    String component = rejects[reject].component;
    return component.isEmpty() ? null : component;
  }

  /** Values that come too late for at least one aggregate. */
  public int lateCount() {
    return lateIndices.length;
  }

  /** Index of the value in the batch; ascends. */
  public int lateIndex(int late) {
    return lateIndices[late];
  }

  /** The slots of the aggregates for which it comes too late. */
  public List<String> lateFor(int late) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      if ((lateAggregates[late] & 1 << i) != 0) {
        names.add(slots.get(i));
      }
    }
    return names;
  }
}
