package io.wasmflink.component;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What loading does to a process, each time in a JVM of its own. */
class NativeLibraryTest {
  @TempDir Path temporary;

  /** {@link Scenario} checks what happens inside; here it is made to run in different JVMs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-XX:+UseSerialGC",
        "-XX:+UseG1GC",
        "-XX:+UseParallelGC",
        "-XX:TieredStopAtLevel=1"
      })
  void manyClassLoadersShareOneLibraryBesideTheJvmsOwnSignals(String option) throws Exception {
    ForkedJvm jvm = ForkedJvm.run(temporary, Scenario.class, option);
    assertEquals(0, jvm.exitCode(), jvm.output());
    assertTrue(jvm.output().contains(Scenario.PASSED), jvm.output());
  }

  @Test
  void theJvmsChecksOfNativeCodeFindNothing() throws Exception {
    ForkedJvm jvm = ForkedJvm.run(temporary, Scenario.class, "-Xcheck:jni");
    assertEquals(0, jvm.exitCode(), jvm.output());
    assertTrue(jvm.output().contains(Scenario.PASSED), jvm.output());
    List<String> complaints =
        jvm.output()
            .lines()
            .filter(line -> line.contains("in native method") || line.contains("JNI"))
            .collect(Collectors.toList());
    assertEquals(List.of(), complaints, jvm.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xss1m", "-Xss512k", "-Xss4m"})
  void aJvmWithNothingLeftRefusesCalls(String stack) throws Exception {
    ForkedJvm jvm = ForkedJvm.run(temporary, LastStraw.class, "-Xmx48m", stack);
    assertEquals(0, jvm.exitCode(), jvm.output());
    assertTrue(jvm.output().contains(LastStraw.PASSED), jvm.output());
  }

  @Test
  void anEndedProcessLeavesNothing() throws Exception {
    ForkedJvm jvm = ForkedJvm.run(temporary, Scenario.class);
    assertEquals(0, jvm.exitCode(), jvm.output());
    assertEquals(List.of(), folders());
  }

  @Test
  void aKilledProcessLeavesOneFolderThatTheNextOneRemoves() throws Exception {
    Process killed = ForkedJvm.start(temporary, Waiting.class);
    Process alive = ForkedJvm.start(temporary, Waiting.class);
    try {
      ForkedJvm.awaitLine(killed, Waiting.READY);
      ForkedJvm.awaitLine(alive, Waiting.READY);
      assertEquals(2, folders().size());
      for (Path folder : folders()) {
        assertEquals(
            "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
      }

      killed.destroyForcibly().waitFor();
      assertEquals(2, folders().size());

      ForkedJvm next = ForkedJvm.run(temporary, Scenario.class);
      assertEquals(0, next.exitCode(), next.output());
      assertEquals(1, folders().size(), "only what the living process uses is left");
      assertTrue(alive.isAlive());
    } finally {
      killed.destroyForcibly().waitFor();
      alive.destroyForcibly().waitFor();
    }
  }

  @Test
  void aTemporaryFolderThatIsNotThereIsSaid() throws Exception {
    ForkedJvm jvm = ForkedJvm.run(temporary.resolve("nowhere"), Scenario.class);
    assertFalse(jvm.exitCode() == 0);
    assertTrue(jvm.output().contains("-Djava.io.tmpdir="), jvm.output());
  }

  private List<Path> folders() throws Exception {
    try (Stream<Path> entries = Files.list(temporary)) {
      return entries
          .filter(entry -> entry.getFileName().toString().startsWith("component-jni-"))
          .collect(Collectors.toList());
    }
  }
}
