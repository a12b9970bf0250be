package io.wasmflink.component;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A class's main method in a JVM of its own. */
final class ForkedJvm {
  private static final long DEADLINE_SECONDS = 240;

  private final int exitCode;
  private final String output;

  private ForkedJvm(int exitCode, String output) {
    this.exitCode = exitCode;
    this.output = output;
  }

  int exitCode() {
    return exitCode;
  }

  /** Both streams. */
  String output() {
    return output;
  }

  static ForkedJvm run(Path temporary, Class<?> main, String... options) throws Exception {
    Process process = start(temporary, main, options);
    Thread deadline =
        new Thread(
            () -> {
              try {
                if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    deadline.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    deadline.interrupt();
    return new ForkedJvm(exitCode, output);
  }

  static Process start(Path temporary, Class<?> main, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-XX:ErrorFile=" + temporary + "/hs_err_%p.log");
    command.add("-Ddist.directory=" + System.getProperty("dist.directory"));
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  static void awaitLine(Process process, String awaited) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder seen = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals(awaited)) {
        return;
      }
      seen.append(line).append('\n');
    }
    throw new AssertionError("The process ended without '" + awaited + "':\n" + seen);
  }
}
