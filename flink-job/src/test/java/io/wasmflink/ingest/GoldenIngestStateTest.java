package io.wasmflink.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.job.GoldenState;
import io.wasmflink.job.SampleCrime;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The watermark that an earlier build stored is read by this one. */
class GoldenIngestStateTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theWatermarkOfAnEarlierBuildIsKnown(boolean bounded) throws Exception {
    OperatorSubtaskState golden =
        GoldenState.of(
            "ingest/" + (bounded ? "bounded" : "unbounded"),
            () -> {
              try (IngestHarness harness = instance(bounded)) {
                harness.open();
                harness.processWatermark(SampleCrime.millis("2018-01-05T00:00"));
                return harness.checkpoint(1);
              }
            });
    try (IngestHarness harness = instance(bounded)) {
      harness.initializeState(golden);
      harness.open();
      harness.theft("2018-01-03T10:00");
      harness.theft("2018-01-06T10:00");
      assertEquals(1, harness.late().size());
      assertEquals(1, harness.counted("totals"));
    }
  }

  private static IngestHarness instance(boolean bounded) throws Exception {
    return bounded ? IngestHarness.bounded(1, 0) : IngestHarness.instance(1, 0);
  }
}
