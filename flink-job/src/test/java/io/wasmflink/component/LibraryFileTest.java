package io.wasmflink.component;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the library asks of the machine, read from its ELF sections. */
class LibraryFileTest {
  /** The glibc of the Flink image that docker-compose.yml names is 2.35. */
  private static final int[] NEWEST_GLIBC = {2, 35};

  private static final int SECTION_DYNAMIC = 6;
  private static final int SECTION_VERSIONS_NEEDED = 0x6ffffffe;
  private static final long TAG_NEEDED = 1;
  private static final long TAG_FLAGS_1 = 0x6ffffffb;
  private static final long FLAG_STAYS = 8;

  private ByteBuffer elf;

  @BeforeEach
  void read() throws Exception {
    try (InputStream library =
        LibraryFileTest.class.getResourceAsStream("/native/linux-x86_64/libcomponent_jni.so")) {
      elf = ByteBuffer.wrap(library.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  @Test
  void noNewerGlibcThanTheImagesIsNeeded() {
    Set<String> versions = new TreeSet<>();
    int section = section(SECTION_VERSIONS_NEEDED);
    int names = (int) elf.getLong(header(elf.getInt(section + 40)) + 24);
    int file = (int) elf.getLong(section + 24);
    for (int more = -1; more != 0; file += more) {
      int version = file + elf.getInt(file + 8);
      for (int next = -1; next != 0; version += next) {
        versions.add(text(names + elf.getInt(version + 8)));
        next = elf.getInt(version + 12);
      }
      more = elf.getInt(file + 12);
    }
    System.out.println("symbol versions needed: " + versions);
    assertTrue(versions.stream().anyMatch(version -> version.startsWith("GLIBC_2.")));
    Set<String> tooNew =
        versions.stream().filter(LibraryFileTest::isTooNew).collect(Collectors.toSet());
    assertTrue(tooNew.isEmpty(), "the library needs " + tooNew);
  }

  @Test
  void onlyLibrariesOfGlibcAndTheCompilerAreNeeded() {
    Set<String> allowed =
        Set.of(
            "libc.so.6",
            "libm.so.6",
            "libgcc_s.so.1",
            "ld-linux-x86-64.so.2",
            "libdl.so.2",
            "libpthread.so.0");
    int section = section(SECTION_DYNAMIC);
    int names = (int) elf.getLong(header(elf.getInt(section + 40)) + 24);
    Set<String> needed = new TreeSet<>();
    forEachDynamic(
        (tag, value) -> {
          if (tag == TAG_NEEDED) {
            needed.add(text(names + (int) value));
          }
        });
    assertFalse(needed.isEmpty());
    assertTrue(allowed.containsAll(needed), needed.toString());
  }

  @Test
  void theLibraryStaysWhenItIsClosed() {
    boolean[] stays = {false};
    forEachDynamic((tag, value) -> stays[0] |= tag == TAG_FLAGS_1 && (value & FLAG_STAYS) != 0);
    assertTrue(stays[0], "the library is not marked as one that is never unloaded");
  }

  private interface Dynamic {
    void entry(long tag, long value);
  }

  private void forEachDynamic(Dynamic dynamic) {
    int section = section(SECTION_DYNAMIC);
    int start = (int) elf.getLong(section + 24);
    int end = start + (int) elf.getLong(section + 32);
    for (int entry = start; entry < end; entry += 16) {
      dynamic.entry(elf.getLong(entry), elf.getLong(entry + 8));
    }
  }

  private int section(int type) {
    int count = elf.getShort(60);
    for (int i = 0; i < count; i++) {
      if (elf.getInt(header(i) + 4) == type) {
        return header(i);
      }
    }
    throw new AssertionError("no section of type " + Integer.toHexString(type));
  }

  private int header(int section) {
    return (int) elf.getLong(40) + section * elf.getShort(58);
  }

  private String text(int place) {
    int end = place;
    while (elf.get(end) != 0) {
      end++;
    }
    return new String(Arrays.copyOfRange(elf.array(), place, end), StandardCharsets.US_ASCII);
  }

  private static boolean isTooNew(String version) {
    if (!version.startsWith("GLIBC_")) {
      return false;
    }
    String[] parts = version.substring("GLIBC_".length()).split("\\.");
    int major = Integer.parseInt(parts[0]);
    int minor = Integer.parseInt(parts[1]);
    return major > NEWEST_GLIBC[0] || major == NEWEST_GLIBC[0] && minor > NEWEST_GLIBC[1];
  }
}
