package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import io.wasmflink.window.ResultRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** What a job gives, in lists. The mini cluster runs in this process, so they can be static. */
final class CollectedOutputs implements Outputs {
  private static final Map<String, Queue<Object>> COLLECTED = new ConcurrentHashMap<>();

  private final String run = UUID.randomUUID() + "/";
  private final TreeSet<String> aggregates = new TreeSet<>();

  @Override
  public Optional<DataStream<DeadLetter>> rows(
      String aggregate, AggregateDescription description, DataStream<ResultRow> rows) {
    aggregates.add(aggregate);
    collect("rows-" + aggregate, rows);
    return Optional.empty();
  }

  @Override
  public boolean takesDocuments() {
    return true;
  }

  @Override
  public Optional<DataStream<DeadLetter>> documents(DataStream<Document> documents) {
    collect("documents", documents);
    return Optional.empty();
  }

  @Override
  public void rejected(DataStream<DeadLetter> letters) {
    collect("rejected", letters);
  }

  @Override
  public void late(DataStream<DeadLetter> letters) {
    collect("late", letters);
  }

  TreeSet<String> aggregates() {
    return aggregates;
  }

  List<ResultRow> rows(String aggregate) {
    return collected("rows-" + aggregate, ResultRow.class);
  }

  List<Document> documents() {
    return collected("documents", Document.class);
  }

  List<DeadLetter> rejected() {
    return collected("rejected", DeadLetter.class);
  }

  List<DeadLetter> late() {
    return collected("late", DeadLetter.class);
  }

  private void collect(String name, DataStream<?> stream) {
    COLLECTED.put(run + name, new ConcurrentLinkedQueue<>());
    addSink(name, stream);
  }

  private <T> void addSink(String name, DataStream<T> stream) {
    stream.addSink(new Collect<>(run + name)).uid(name);
  }

  private <T> List<T> collected(String name, Class<T> type) {
    List<T> values = new ArrayList<>();
    COLLECTED.get(run + name).forEach(value -> values.add(type.cast(value)));
    return values;
  }

  private static final class Collect<T> implements SinkFunction<T> {
    private static final long serialVersionUID = 1L;

    private final String name;

    Collect(String name) {
      this.name = name;
    }

    @Override
    public void invoke(T value, Context context) {
      COLLECTED.get(name).add(value);
    }
  }
}
