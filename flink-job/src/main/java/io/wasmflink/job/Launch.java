package io.wasmflink.job;

import io.wasmflink.component.Limits;
import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.StartupException;
import io.wasmflink.source.EventTimeStrategy;
import io.wasmflink.source.KafkaInput;
import io.wasmflink.source.TopicCheck;
import io.wasmflink.source.TopicLimits;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.DiscardingSink;

/** All of the start that needs Flink's classes. */
final class Launch {
  private Launch() {}

  static void run(JobSettings settings) throws Exception {
    TopicLimits limits = TopicCheck.check(settings);
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    if (settings.discard()) {
      discard(settings, environment);
      return;
    }
    JobComponents components = JobComponents.load(settings);
    ServerOutputs outputs = new ServerOutputs(settings, limits);
    outputs.prepare(components);
    ComponentJob job = new ComponentJob(settings, components, kafka(settings), outputs);
    job.build(environment);
    environment.execute(job.name());
  }

  /** An exception that Flink's client shows without a stack trace. */
  static RuntimeException refusal(StartupException reason) {
    return new ProgramParametrizationException(reason.getMessage());
  }

  private static Input kafka(JobSettings settings) {
    return (environment, eventTime) ->
        environment
            .fromSource(
                KafkaInput.source(settings, eventTime),
                WatermarkStrategy.noWatermarks(),
                "kafka-" + settings.topic())
            .uid("source");
  }

  /** What Flink and Kafka cost alone: the measure for everything else. */
  private static void discard(JobSettings settings, StreamExecutionEnvironment environment)
      throws Exception {
    ComponentJob.configure(environment, settings);
    kafka(settings)
        .records(
            environment,
            EventTimeStrategy.of(settings, JobComponents.decoder(settings), Limits.defaults()))
        .addSink(new DiscardingSink<>())
        .name("discard")
        .uid("discard");
    environment.execute(settings.topic() + " to nowhere");
  }
}
