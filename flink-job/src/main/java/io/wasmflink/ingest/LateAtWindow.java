package io.wasmflink.ingest;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.window.Contribution;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters of contributions whose windows were over although no record in them was late at the
 * ingest operator: its instance was behind what the windows had reached, since it had been idle or
 * the job was drained.
 *
 * <p>The records themselves are not known here any more, only what the component made of them. So
 * the value is a JSON object with the {@code aggregate}, the {@code slice-start} (a local
 * date-time), the {@code weight} (how many records), and the component's own bytes in base64: the
 * {@code key} of the window and the {@code partial} accumulator.
 */
public final class LateAtWindow extends RichMapFunction<Contribution, DeadLetter> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(LateAtWindow.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String aggregate;
  private final long windowSizeMillis;
  private final long windowSlideMillis;

  private transient Counter records;

  /**
   * @param aggregate what the job calls it
   */
  public LateAtWindow(String aggregate, AggregateDescription description) {
    this.aggregate = aggregate;
    this.windowSizeMillis = description.windowSizeMillis();
    this.windowSlideMillis = description.windowSlideMillis();
  }

  @Override
  public void open(Configuration parameters) {
    records = getRuntimeContext().getMetricGroup().counter("lateAtWindow");
  }

  @Override
  public DeadLetter map(Contribution contribution) throws JsonProcessingException {
    LocalDateTime slice = wallClock(contribution.sliceStart());
    if (records.getCount() == 0) {
      LOG.warn(
          "Records for aggregate '{}' came when their windows were over (slice of {}), from a"
              + " partition that had been idle or after a drain. They are in no row, counted as"
              + " lateAtWindow, and kept as dead letters with the reason {}.",
          aggregate,
          slice,
          DeadLetter.LATE_AT_WINDOW);
    }
    records.inc(contribution.weight());
    byte[] value = value(contribution, slice);
    long lastStart = Math.floorDiv(contribution.sliceStart(), windowSlideMillis);
    LocalDateTime lastEnd = wallClock(lastStart * windowSlideMillis + windowSizeMillis);
    SortedMap<String, String> origin = new TreeMap<>();
    origin.put("late-for", aggregate);
    origin.put("slice-start", slice.toString());
    origin.put("weight", String.valueOf(contribution.weight()));
    return DeadLetter.refused(
        DeadLetter.LATE_AT_WINDOW + "/" + aggregate + "/" + UUID.nameUUIDFromBytes(value),
        value,
        DeadLetter.LATE_AT_WINDOW,
        "the last window of its slice, which ends at " + lastEnd + ", was over",
        origin);
  }

  private byte[] value(Contribution contribution, LocalDateTime slice)
      throws JsonProcessingException {
    ObjectNode value = JSON.createObjectNode();
    value.put("aggregate", aggregate);
    value.put("slice-start", slice.toString());
    value.put("weight", contribution.weight());
    value.put("key", contribution.key().bytes());
    value.put("partial", contribution.partial());
    return JSON.writeValueAsBytes(value);
  }

  /** The reading of the wall clock: no zone takes part. */
  private static LocalDateTime wallClock(long millis) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(millis, 1_000L),
        (int) Math.floorMod(millis, 1_000L) * 1_000_000,
        ZoneOffset.UTC);
  }
}
