package io.wasmflink.job;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** What is in the jar that users get. */
class JobJarIT {
  @Test
  void theTermsOfAllThatIsCarriedAreInIt() throws IOException {
    try (ZipFile jar = new ZipFile(System.getProperty("job.jar"))) {
      String licences = text(jar, "META-INF/LICENSE");
      assertTrue(licences.contains("Apache License"), licences);
      assertTrue(licences.contains("PostgreSQL Global Development Group"), licences);
      String notices = text(jar, "META-INF/NOTICE");
      assertTrue(notices.contains("Flink : Connectors : Kafka"), notices);
      assertTrue(text(jar, "NOTICE").contains("Apache Kafka"));
      for (String other :
          List.of(
              "META-INF/LICENSE.txt", // checker-qual
              "META-INF/licenses/zstd-jni.txt",
              "META-INF/licenses/com.ongres.scram/scram-client-3.2/META-INF/LICENSE")) {
        assertTrue(!text(jar, other).isEmpty(), other);
      }
    }
  }

  @Test
  void whatNobodyNeedsIsNotInIt() throws IOException {
    try (ZipFile jar = new ZipFile(System.getProperty("job.jar"))) {
      for (String prefix : List.of("org/elasticsearch/", "org/apache/lucene/", "org/slf4j/")) {
        assertTrue(jar.stream().noneMatch(entry -> entry.getName().startsWith(prefix)), prefix);
      }
    }
  }

  private static String text(ZipFile jar, String name) throws IOException {
    ZipEntry entry = jar.getEntry(name);
    assertTrue(entry != null, "no " + name);
    return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
  }
}
