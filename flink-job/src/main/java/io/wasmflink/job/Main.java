package io.wasmflink.job;

import io.wasmflink.settings.JobSettings;
import io.wasmflink.settings.StartupException;

/** Starts the job: {@code flink run crimes-job.jar --help} tells how. */
public final class Main {
  private static final int USAGE_ERROR = 2;

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    try {
      JobSettings settings = JobSettings.parse(arguments, System.getenv());
      if (settings.help()) {
        System.out.print(JobSettings.helpText());
        return;
      }
      Launch.run(settings);
    } catch (StartupException e) {
      refuse(e);
    } catch (NoClassDefFoundError e) {
      // java -jar crimes-job.jar --flags: only --help works without Flink
      if (!String.valueOf(e.getMessage()).startsWith("org/apache/flink/")) {
        throw e;
      }
      System.err.println("This is a Flink job: start it with flink run crimes-job.jar.");
      System.exit(USAGE_ERROR);
    }
  }

  /** The sentence alone, where the caller can show it alone. */
  private static void refuse(StartupException reason) {
    RuntimeException refusal;
    try {
      refusal = Launch.refusal(reason);
    } catch (NoClassDefFoundError e) {
      System.err.println(reason.getMessage());
      System.exit(USAGE_ERROR);
      return;
    }
    throw refusal;
  }
}
