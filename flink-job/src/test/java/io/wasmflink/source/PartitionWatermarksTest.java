package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.job.SampleCrime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.streaming.api.operators.source.TimestampsAndWatermarks;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.io.PushingAsyncDataInput;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.TestProcessingTimeService;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Against Flink's own outputs: what the next operator gets is what is compared. */
class PartitionWatermarksTest {
  private static final long STEP_MILLIS = 500;
  private static final int IDLE_SECONDS = 10;

  /** A moment before, and when it must have been found out. */
  private static final int NOT_YET = IDLE_SECONDS - 2;

  private static final int SURELY = IDLE_SECONDS + 5;

  private final List<String> sent = new ArrayList<>();
  private final Broker broker = new Broker();
  private final ReaderOutput<RawRecord> output = output();
  private long nanos = -5_000_000_000L;
  private PartitionWatermarks watermarks = watermarks(true);

  @Test
  void aPartitionWithoutARecordHoldsTheWatermarkBack() {
    assign(0, 1);
    read(0, 100);
    pass(1);
    assertEquals(List.of(), sent);
    read(1, 70);
    pass(1);
    assertEquals(List.of("69"), sent);
  }

  @Test
  void theWatermarkMovesOnceForAllPartitions() {
    assign(0, 1, 2);
    for (long time = 10; time <= 30; time += 10) {
      read(2, time);
      read(0, time);
      read(1, time);
      pass(1);
    }
    assertEquals(List.of("9", "19", "29"), sent);
  }

  @Test
  void aPartitionThatIsReadToItsEndAndStaysSoIsIdle() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    flow(0, NOT_YET);
    assertEquals("49", last(), "not yet");
    flow(0, SURELY - NOT_YET);
    assertEquals(newest(), last());
  }

  @Test
  void soIsAnEmptyOne() {
    assign(0, 1);
    broker.position(1, 0);
    watermarks.handedOn(broker.positions());
    flow(0, SURELY);
    assertEquals(newest(), last());
  }

  @Test
  void aPartitionThatIsNotReadToItsEndNeverIsIdle() {
    assign(0, 1);
    read(1, 50);
    broker.append(1);
    flow(0, 10 * IDLE_SECONDS);
    assertEquals(List.of("49"), sent);
  }

  /** What its consumer has passed over counts as read: markers of transactions, aborted records. */
  @Test
  void thePositionCountsAndNotTheLastRecord() {
    assign(0, 1);
    read(1, 50);
    broker.append(1);
    broker.position(1, 2);
    flow(0, SURELY);
    assertEquals(newest(), last());
  }

  @Test
  void nothingBecomesIdleWhileTheBrokerIsSilent() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    broker.answers = false;
    flow(0, 10 * IDLE_SECONDS);
    assertEquals(List.of("49"), sent);
  }

  /** The case: all stand still; the first that comes back must not go on alone. */
  @Test
  void aStallOfTheBrokerIsNoIdlenessAfterwardsEither() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    pass(2);
    broker.answers = false;
    pass(8 * IDLE_SECONDS);
    broker.answers = true;
    flow(0, NOT_YET);
    assertEquals(List.of("49"), sent);
    read(1, newestTime());
    pass(1);
    assertEquals(newest(), last());
  }

  /** Back-pressure, or a process that stood still: nobody has looked for longer than is allowed. */
  @Test
  void timeInWhichNobodyLooksDoesNotCount() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    flow(0, NOT_YET);
    nanos += Duration.ofSeconds(8 * IDLE_SECONDS).toNanos();
    flow(0, NOT_YET);
    assertEquals("49", last());
    flow(0, SURELY - NOT_YET);
    assertEquals(newest(), last());
  }

  /** What was idle is known only as long as the broker says so. */
  @Test
  void anIdlePartitionHoldsBackAgainWhereItIsNotKnownToBeAtItsEnd() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    flow(0, SURELY);
    String before = last();
    nanos += Duration.ofSeconds(8 * IDLE_SECONDS).toNanos();
    flow(0, 2);
    assertEquals(before, last());
    read(1, newestTime());
    pass(1);
    assertEquals(newest(), last());
  }

  @Test
  void anIdlePartitionIsBackWithItsFirstRecord() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    flow(0, SURELY);
    String before = last();
    read(1, newestTime() - 5);
    read(0, newestTime() + 10);
    pass(1);
    assertEquals(
        String.valueOf(Long.parseLong(before)), last(), "no watermark without partition 1");
  }

  @Test
  void whereAllAreIdleTheNextOperatorsGoOnWithoutThisInstance() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    pass(SURELY);
    assertEquals(List.of("49", "99", "idle"), sent, "as far as the furthest");
  }

  /** The stream stood still as a whole. The other partitions follow, if a moment later. */
  @Test
  void whereAllWereIdleTheFirstThatComesBackWaitsForTheOthers() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    pass(SURELY);
    sent.clear();
    read(0, 200);
    assertEquals(List.of("active"), sent, "the next operators are told before they get the record");
    pass(1);
    assertEquals(List.of("active"), sent);
    read(1, 150);
    pass(1);
    assertEquals(List.of("active", "149"), sent);
  }

  @Test
  void butNotLongerThanTheyAreSilent() {
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    pass(SURELY);
    flow(0, SURELY);
    assertEquals(newest(), last());
  }

  @Test
  void withoutIdlenessNothingIsAskedAndNothingIsIdle() {
    watermarks = watermarks(false);
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    flow(0, 10 * IDLE_SECONDS);
    assertEquals(List.of("49"), sent);
    assertEquals(0, broker.questions);
  }

  @Test
  void anInstanceWithoutAPartitionHoldsNothingBack() {
    for (boolean idleness : new boolean[] {true, false}) {
      sent.clear();
      PartitionWatermarks none = watermarks(idleness);
      ReaderOutput<RawRecord> itsOutput = output();
      none.connect(itsOutput);
      none.tick();
      assertEquals(List.of(), sent, "its partitions may be on their way");
      none.allAssigned();
      none.tick();
      none.tick();
      assertEquals(List.of("idle"), sent);
      none.add(List.of(split(3)));
      none.connect(itsOutput);
      assertEquals(List.of("idle", "active"), sent, "one was added to the topic");
    }
  }

  @Test
  void anAddedPartitionHoldsBackTheWatermarkAndDoesNotTurnItBack() {
    assign(0);
    read(0, 100);
    pass(1);
    assign(1);
    read(0, 200);
    pass(1);
    assertEquals(List.of("99"), sent);
    read(1, 150);
    pass(1);
    assertEquals(List.of("99", "149"), sent);
  }

  @Test
  void aFinishedPartitionHoldsNothingBack() {
    watermarks = watermarks(false);
    assign(0, 1);
    read(0, 100);
    read(1, 50);
    output.releaseOutputForSplit(split(1).splitId());
    watermarks.finished(java.util.Set.of(split(1).splitId()));
    pass(1);
    assertEquals(List.of("99"), sent);
  }

  @Test
  void fewRecordsMustDoWhereAPartitionIsReadToItsEnd() {
    watermarks = watermarks(true, Duration.ofDays(31));
    assign(0, 1);
    read(0, 100);
    read(0, 110);
    read(1, 200);
    read(1, 210);
    broker.append(1);
    pass(4);
    assertEquals(List.of(), sent, "more is to come on partition 1");
    read(1, 220);
    pass(4);
    assertEquals(List.of("109"), sent);
  }

  private PartitionWatermarks watermarks(boolean idleness) {
    return watermarks(idleness, Duration.ZERO);
  }

  private PartitionWatermarks watermarks(boolean idleness, Duration maxAhead) {
    TooFarAhead tooFarAhead = new TooFarAhead(new UnregisteredMetricsGroup());
    return new PartitionWatermarks(
        () -> new PartitionTime(Duration.ZERO, maxAhead, tooFarAhead),
        idleness ? new Idleness(Duration.ofSeconds(IDLE_SECONDS)) : null,
        idleness ? broker : null,
        () -> nanos);
  }

  private void assign(int... partitions) {
    for (int partition : partitions) {
      watermarks.add(List.of(split(partition)));
    }
    watermarks.connect(output);
  }

  private static KafkaPartitionSplit split(int partition) {
    return new KafkaPartitionSplit(new TopicPartition(SampleCrime.TOPIC, partition), 0);
  }

  /** One record comes, is fetched, and handed on. */
  private void read(int partition, long time) {
    broker.append(partition);
    broker.readAll(partition);
    watermarks.reading(split(partition).splitId());
    RawRecord record = new RawRecord(null, SampleCrime.TOPIC, partition, 0, time);
    watermarks.handedOn(record, time);
    watermarks.handedOn(broker.positions());
  }

  /** Time passes, and one partition has a record in every step. */
  private void flow(int partition, int seconds) {
    for (int step = 0; step < seconds * 1000 / STEP_MILLIS; step++) {
      flowing++;
      read(partition, newestTime());
      step();
    }
  }

  private long flowing = 1000;

  private long newestTime() {
    return flowing;
  }

  private String newest() {
    return String.valueOf(newestTime() - 1);
  }

  private void pass(int seconds) {
    for (int step = 0; step < seconds * 1000 / STEP_MILLIS; step++) {
      step();
    }
  }

  private void step() {
    nanos += Duration.ofMillis(STEP_MILLIS).toNanos();
    watermarks.tick();
  }

  private String last() {
    return sent.get(sent.size() - 1);
  }

  private ReaderOutput<RawRecord> output() {
    WatermarkStrategy<RawRecord> none = WatermarkStrategy.noWatermarks();
    return TimestampsAndWatermarks.createProgressiveEventTimeLogic(
            none, new UnregisteredMetricsGroup(), new TestProcessingTimeService(), 0)
        .createMainOutput(
            new NextOperator(),
            new TimestampsAndWatermarks.WatermarkUpdateListener() {
              @Override
              public void updateIdle(boolean isIdle) {}

              @Override
              public void updateCurrentEffectiveWatermark(long watermark) {}
            });
  }

  private final class NextOperator implements PushingAsyncDataInput.DataOutput<RawRecord> {
    @Override
    public void emitRecord(StreamRecord<RawRecord> record) {}

    @Override
    public void emitWatermark(Watermark watermark) {
      sent.add(String.valueOf(watermark.getTimestamp()));
    }

    @Override
    public void emitWatermarkStatus(WatermarkStatus status) {
      sent.add(status.isIdle() ? "idle" : "active");
    }

    @Override
    public void emitLatencyMarker(LatencyMarker marker) {}
  }

  /** Ends and positions of partitions. A question that is not answered completes with nothing. */
  private static final class Broker implements EndOffsets {
    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private final Map<String, Long> positions = new HashMap<>();
    private boolean answers = true;
    private int questions;

    void append(int partition) {
      ends.merge(split(partition).getTopicPartition(), 1L, Long::sum);
    }

    void position(int partition, long offset) {
      positions.put(split(partition).splitId(), offset);
    }

    void readAll(int partition) {
      position(partition, ends.get(split(partition).getTopicPartition()));
    }

    Map<String, Long> positions() {
      return positions;
    }

    @Override
    public CompletableFuture<Map<TopicPartition, Long>> ask(Collection<TopicPartition> partitions) {
      questions++;
      Map<TopicPartition, Long> found = new HashMap<>();
      if (answers) {
        partitions.forEach(partition -> found.put(partition, ends.getOrDefault(partition, 0L)));
      }
      return CompletableFuture.completedFuture(found);
    }

    @Override
    public void close() {}
  }
}
