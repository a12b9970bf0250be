package io.wasmflink.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.job.BuiltComponents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaInputTest {
  @TempDir private Path directory;

  @Test
  void onlyWhatIsCommittedIsRead() {
    Properties properties = properties();
    assertEquals("read_committed", properties.get("isolation.level"));
    assertEquals("10000", properties.get("partition.discovery.interval.ms"));
    assertEquals("crimes-job", properties.get("group.id"));
    assertEquals("crimes-job", properties.get("client.id.prefix"));
    assertEquals("earliest", properties.get("auto.offset.reset"));
    assertEquals("localhost:1", properties.get("bootstrap.servers"));
  }

  @Test
  void theUserMayWantItOtherwise() throws IOException {
    Path file = directory.resolve("job.properties");
    Files.writeString(
        file,
        "kafka.isolation.level=read_uncommitted\n"
            + "kafka.partition.discovery.interval.ms=300\n"
            + "kafka.group.id=x\n"
            + "kafka.key.deserializer=x\n");
    Properties properties = properties("--config", file.toString());
    assertEquals("read_uncommitted", properties.get("isolation.level"));
    assertEquals("300", properties.get("partition.discovery.interval.ms"));
    assertEquals("crimes-job", properties.get("group.id"), "that is --group-id");
    assertEquals(
        "org.apache.kafka.common.serialization.ByteArrayDeserializer",
        properties.get("key.deserializer"));
  }

  @Test
  void aBoundedInputLooksForNoMorePartitions() {
    assertEquals("-1", properties("--bounded").get("partition.discovery.interval.ms"));
  }

  private static Properties properties(String... flags) {
    return KafkaInput.properties(BuiltComponents.settings(flags), OffsetResetStrategy.EARLIEST);
  }
}
