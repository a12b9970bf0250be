package io.wasmflink.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.wasmflink.job.AnswerKey;
import io.wasmflink.job.GoldenState;
import io.wasmflink.job.JobComponents;
import io.wasmflink.job.SampleCrime;
import io.wasmflink.job.SampleCrimes;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * State that an earlier build wrote, for every kind of window, is read by this one: what was
 * counted before counts on. Fails where a layout changes, of the job or of a component. See {@link
 * GoldenState} for how to write it anew.
 */
class GoldenStateTest {
  private static final List<SampleCrime> CRIMES = SampleCrimes.of(31, 300);
  private static final int MIDDLE = 150;
  private static final Tally TUMBLING = new Tally(720, 720);
  private static final Tally SLIDING = new Tally(720, 240);

  enum Kind {
    TUMBLING_TOTALS(WindowHarness.components(), "totals", false),
    SLIDING_ANOMALY_FROM_SLICES(WindowHarness.anomaly(300, 30, 3), "anomaly", true),
    SLIDING_ANOMALY_OF_FLINK(WindowHarness.anomaly(300, 30, 3), "anomaly", false),
    TUMBLING_WITH_HISTORY(GoldenStateTest.TUMBLING.writing(2), Tally.NAME, false),
    SLIDING_WITH_HISTORY_FROM_SLICES(GoldenStateTest.SLIDING.writing(2), Tally.NAME, true),
    SLIDING_WITH_HISTORY_OF_FLINK(GoldenStateTest.SLIDING.writing(2), Tally.NAME, false);

    private final JobComponents components;
    private final String aggregate;
    private final boolean fromSlices;

    Kind(JobComponents components, String aggregate, boolean fromSlices) {
      this.components = components;
      this.aggregate = aggregate;
      this.fromSlices = fromSlices;
    }

    /** Of all crimes. */
    private Set<ResultRow> rows() {
      if (aggregate.equals("totals")) {
        return AnswerKey.totals(CRIMES);
      }
      return aggregate.equals("anomaly")
          ? AnswerKey.anomalies(CRIMES, 3, Duration.ofHours(5), Duration.ofMinutes(30))
          : (this == TUMBLING_WITH_HISTORY ? TUMBLING : SLIDING).rows(CRIMES);
    }

    /** Start of a row's window. */
    private LocalDateTime start(ResultRow row) {
      return (LocalDateTime)
          row.value(aggregate.equals("totals") ? 4 : aggregate.equals("anomaly") ? 3 : 1);
    }

    private Duration size() {
      return Duration.ofMillis(components.description(aggregate).windowSizeMillis());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void stateOfAnEarlierBuildGoesOn(Kind kind) throws Exception {
    List<Contribution> contributions =
        WindowHarness.contributions(kind.components, kind.aggregate, CRIMES, 1);
    long watermark = contributions.get(MIDDLE).sliceStart() - 1;
    OperatorSubtaskState golden =
        GoldenState.of(
            "windows/" + kind.name().toLowerCase().replace('_', '-'),
            () -> {
              try (WindowHarness harness =
                  WindowHarness.of(kind.components, kind.aggregate, kind.fromSlices)) {
                harness.open();
                harness.add(contributions.subList(0, MIDDLE));
                harness.processWatermark(watermark);
                return harness.snapshot(1, 1);
              }
            });
    try (WindowHarness harness =
        WindowHarness.restored(kind.components, kind.aggregate, kind.fromSlices, golden, 1, 0)) {
      // the first windows were over then
      harness.add(contributions.subList(0, 1));
      assertEquals(1, harness.late().size());
      harness.add(contributions.subList(MIDDLE, contributions.size()));
      harness.processWatermark(Long.MAX_VALUE);
      Set<ResultRow> expected =
          kind.rows().stream()
              .filter(row -> SampleCrime.millis(kind.start(row).plus(kind.size())) - 1 > watermark)
              .collect(Collectors.toSet());
      assertFalse(expected.isEmpty());
      assertEquals(expected, new HashSet<>(harness.rows()));
    }
  }
}
