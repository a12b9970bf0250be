package io.wasmflink.job;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;

/**
 * Snapshots of operators that an earlier build wrote, in {@code src/test/resources/golden-state}.
 *
 * <p>A layout of state changes on purpose only, and then savepoints of before are refused or
 * brought up to date: raise the number in the serializer's snapshot (or a component's state
 * version), and write these files anew with {@code mvn test -Dtest='Golden*' -Dgolden.write=true}.
 */
public final class GoldenState {
  private static final Path FOLDER = Path.of("src", "test", "resources", "golden-state");

  private GoldenState() {}

  /**
   * The snapshot that is kept under a name.
   *
   * @param snapshot makes it, where it is to be written anew
   */
  public static OperatorSubtaskState of(String name, Callable<OperatorSubtaskState> snapshot)
      throws Exception {
    Path file = FOLDER.resolve(name + ".snapshot");
    if (Boolean.getBoolean("golden.write")) {
      Files.createDirectories(file.getParent());
      OperatorSnapshotUtil.writeStateHandle(snapshot.call(), file.toString());
    }
    return OperatorSnapshotUtil.readStateHandle(file.toString());
  }
}
