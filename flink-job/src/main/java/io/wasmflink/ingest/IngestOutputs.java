package io.wasmflink.ingest;

import io.wasmflink.window.Contribution;
import org.apache.flink.util.OutputTag;

/** What comes out of the ingest operator, beside its main output, which stays empty. */
public final class IngestOutputs {
  /** Records that no window counts. */
  public static final OutputTag<DeadLetter> REJECTED = new OutputTag<>("rejected", DeadLetter.TYPE);

  /** Records whose windows are over. */
  public static final OutputTag<DeadLetter> LATE = new OutputTag<>("late", DeadLetter.TYPE);

  /** Documents for the search index. */
  public static final OutputTag<Document> DOCUMENTS = new OutputTag<>("documents", Document.TYPE);

  private IngestOutputs() {}

  /** Contributions to the windows of one aggregate. */
  public static OutputTag<Contribution> contributions(String aggregate) {
    return new OutputTag<>("contributions-" + aggregate, Contribution.TYPE);
  }
}
