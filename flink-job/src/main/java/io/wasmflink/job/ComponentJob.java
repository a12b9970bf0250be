package io.wasmflink.job;

import io.wasmflink.component.ComponentSource;
import io.wasmflink.ingest.IngestOperator;
import io.wasmflink.ingest.IngestOutputs;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.source.EventTimeStrategy;
import io.wasmflink.source.RawRecord;
import io.wasmflink.window.AggregateWindows;
import org.apache.flink.api.common.restartstrategy.RestartStrategies;
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
  private static final int TOLERABLE_CHECKPOINT_FAILURES = 5;

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

    for (String name : components.names()) {
      ComponentSource source = components.aggregate(name);
      outputs.rows(
          name,
          components.description(name),
          AggregateWindows.rows(
              ingested.getSideOutput(IngestOutputs.contributions(name)),
              source,
              components.description(name),
              components.limits(),
              settings.windows() == JobSettings.Windows.SLICES));
    }
    if (outputs.takesDocuments()) {
      outputs.documents(ingested.getSideOutput(IngestOutputs.DOCUMENTS));
    }
    outputs.rejected(ingested.getSideOutput(IngestOutputs.REJECTED));
    outputs.late(ingested.getSideOutput(IngestOutputs.LATE));
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
    checkpoints.setTolerableCheckpointFailureNumber(TOLERABLE_CHECKPOINT_FAILURES);
    environment.setRestartStrategy(
        RestartStrategies.fixedDelayRestart(
            settings.restartAttempts(), settings.restartDelay().toMillis()));
  }
}
