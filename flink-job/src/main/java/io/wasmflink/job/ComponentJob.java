package io.wasmflink.job;

import io.wasmflink.component.AggregateDescription;
import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.IngestOperator;
import io.wasmflink.ingest.IngestOutputs;
import io.wasmflink.ingest.LateAtWindow;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.source.EventTimeStrategy;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.AggregateWindows;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.api.common.restartstrategy.RestartStrategies;
import org.apache.flink.api.common.time.Time;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job: raw records to the ingest operator, its contributions to Flink's windows, and all that
 * comes out to the outputs. What the records mean, only the components know.
 */
public final class ComponentJob {
  /** Twice the outage that a job should outlive without a failure. */
  private static final Duration CHECKPOINT_TIMEOUT = Duration.ofMinutes(20);

  private static final double RESTART_BACKOFF = 2;
  private static final double RESTART_JITTER = 0.2;

  private final JobSettings settings;
  private final JobComponents components;
  private final Input input;
  private final Outputs outputs;

  public ComponentJob(
      JobSettings settings, JobComponents components, Input input, Outputs outputs) {
    this.settings = settings;
    this.components = components;
    this.input = input;
    this.outputs = outputs;
  }

  /** Puts the job's operators into an environment. */
  public void build(StreamExecutionEnvironment environment) {
    configure(environment, settings);
    DataStream<RawRecord> records =
        input.records(
            environment, EventTimeStrategy.of(settings, components.decoder(), components.limits()));

    SingleOutputStreamOperator<Void> ingested =
        records.transform("ingest", Types.VOID, ingestOperator()).uid("ingest");

    DataStream<DeadLetter> rejected = ingested.getSideOutput(IngestOutputs.REJECTED);
    DataStream<DeadLetter> late = ingested.getSideOutput(IngestOutputs.LATE);
    for (String name : components.names()) {
      AggregateDescription description = components.description(name);
      AggregateWindows windows =
          new AggregateWindows(
              ingested.getSideOutput(IngestOutputs.contributions(name)),
              components.aggregate(name),
              description,
              components.limits(),
              settings.windows() == JobSettings.Windows.SLICES);
      rejected = rejected.union(windows.failed());
      rejected = with(rejected, outputs.rows(name, description, windows.rows()));
      String lateAtWindow = "late-at-window-" + name;
      late =
          late.union(
              windows
                  .late()
                  .map(new LateAtWindow(name, description), DeadLetter.TYPE)
                  .name(lateAtWindow)
                  .uid(lateAtWindow));
    }
    if (outputs.takesDocuments()) {
      rejected = with(rejected, outputs.documents(ingested.getSideOutput(IngestOutputs.DOCUMENTS)));
    }
    outputs.rejected(rejected);
    outputs.late(late);
  }

  private static DataStream<DeadLetter> with(
      DataStream<DeadLetter> letters, Optional<DataStream<DeadLetter>> more) {
    return more.map(others -> (DataStream<DeadLetter>) letters.union(others)).orElse(letters);
  }

  /** What the job is called in Flink. */
  public String name() {
    return settings.topic() + " to " + String.join(", ", components.names());
  }

  private IngestOperator ingestOperator() {
    return new IngestOperator(
        components.decoder(),
        components.aggregates(),
        outputs.takesDocuments(),
        components.limits(),
        settings.batchSize(),
        settings.batchTimeout(),
        settings.eventTime() == JobSettings.EventTime.KAFKA,
        settings.bounded());
  }

  /** The settings of Flink itself. */
  static void configure(StreamExecutionEnvironment environment, JobSettings settings) {
    settings.parallelism().ifPresent(environment::setParallelism);
    // Kryo would be slow, and state that it wrote could not be read after a change of the class.
    environment.getConfig().disableGenericTypes();
    // Everything that is sent is immutable.
    environment.getConfig().enableObjectReuse();
    environment.enableCheckpointing(
        settings.checkpointInterval().toMillis(), CheckpointingMode.EXACTLY_ONCE);
    CheckpointConfig checkpoints = environment.getCheckpointConfig();
    checkpoints.setMinPauseBetweenCheckpoints(settings.checkpointInterval().toMillis() / 2);
    // A barrier that waits behind a full buffer passes when the server is back; until then no
    // checkpoint is better than a restart, which would wait for the same server with less state.
    checkpoints.setCheckpointTimeout(CHECKPOINT_TIMEOUT.toMillis());
    checkpoints.setTolerableCheckpointFailureNumber(Integer.MAX_VALUE);
    checkpoints.setExternalizedCheckpointCleanup(
        CheckpointConfig.ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);
    environment.setRestartStrategy(
        RestartStrategies.exponentialDelayRestart(
            Time.milliseconds(settings.restartDelay().toMillis()),
            Time.milliseconds(settings.restartMaxDelay().toMillis()),
            RESTART_BACKOFF,
            Time.milliseconds(settings.restartReset().toMillis()),
            RESTART_JITTER));
  }
}
