package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.window.ResultRow;
import java.util.Optional;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Where the job's results go: servers in earnest, collections in tests. */
public interface Outputs {
  /** Gives the rows that can't be written, if that can be. */
  Optional<DataStream<DeadLetter>> rows(
      String aggregate, AggregateDescription description, DataStream<ResultRow> rows);

  /** Whether documents are wanted at all; if not, none are made. */
  boolean takesDocuments();

  /** Gives the documents that can't be written, if that can be. */
  Optional<DataStream<DeadLetter>> documents(DataStream<Document> documents);

  void rejected(DataStream<DeadLetter> letters);

  void late(DataStream<DeadLetter> letters);
}
