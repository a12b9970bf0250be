package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.window.ResultRow;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Where the job's results go: servers in earnest, collections in tests. */
public interface Outputs {
  void rows(String aggregate, AggregateDescription description, DataStream<ResultRow> rows);

  /** Whether documents are wanted at all; if not, none are made. */
  boolean takesDocuments();

  void documents(DataStream<Document> documents);

  void rejected(DataStream<DeadLetter> letters);

  void late(DataStream<DeadLetter> letters);
}
