package io.wasmflink.component;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What submitting a job again and again does to a process: class loaders come and go, each with its
 * own copy of this package, while guests trap and the JVM uses its own signals.
 */
final class Scenario {
  static final String PASSED = "the scenario passed";

  private static final String LIBRARY = "native/linux-x86_64/libcomponent_jni.so";
  private static final int CLASS_LOADERS = 5;
  private static final int ROUNDS = 50;
  private static final long DEADLINE_NANOS = 60_000_000_000L;

  private Scenario() {}

  public static void main(String[] arguments) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread signals = new Thread(() -> provoke(stop, failure), "signals");
    signals.setDaemon(true);
    signals.start();

    ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
    // for a while nobody uses the library: the JVM closes it, and it must stay
    collect(firstLoader(gone), gone);
    check(copies() == 1, "the library went with its class loader");
    try (JobLoader second = new JobLoader()) {
      check(
          second.roundtrip() == 2, "the second class loader did not find the first one's library");
      for (int i = 3; i <= CLASS_LOADERS; i++) {
        try (JobLoader more = new JobLoader()) {
          check(more.roundtrip() == i, "class loader " + i + " has a library of its own");
        }
      }
      check(copies() == 1, copies() + " copies of the library are mapped, expected 1");

      // another build of the job on the same cluster: its own library, and both take signals
      try (JobLoader otherBuild = new JobLoader(otherLibrary())) {
        check(otherBuild.roundtrip() == 1, "another build shared the library");
        check(copies() == 2, copies() + " copies of the library are mapped, expected 2");
        check(second.roundtrip() == CLASS_LOADERS, "calls beside another build");
        check(otherBuild.roundtrip() == 1, "calls of another build");
      }

      // someone cleared the temporary folder: the next job can't share, and works all the same
      clearFolders();
      try (JobLoader late = new JobLoader()) {
        check(late.roundtrip() == 1, "a library that is gone was shared");
        check(copies() == 3, copies() + " copies of the library are mapped, expected 3");
      }
      check(second.roundtrip() == CLASS_LOADERS, "calls at the end");
    }
    // the library and its lock, and no links
    check(files().size() == 2, files() + " are left while running, expected two files");

    stop.set(true);
    signals.join();
    if (failure.get() != null) {
      throw new AssertionError("the JVM's own signals", failure.get());
    }
    System.out.println(PASSED);
  }

  /** Runs in a class loader of its own: everything that a job does, and traps. */
  public static final class Roundtrip implements IntSupplier {
    @Override
    public int getAsInt() {
      Values batch =
          new Values()
              .add(Values.crime(1, "2018-01-01T10:00:00", "004", "THEFT"))
              .add("no json")
              .add(Values.crime(2, "2018-01-01T10:00:00", "004", "THEFT"));
      try (Ingest ingest =
              new Ingest(Staged.decoder(), List.of(Staged.totals()), true, Limits.defaults());
          Aggregate totals = new Aggregate(Staged.totals(), Limits.defaults());
          Aggregate panicking = new Aggregate(Staged.hostile("merge", "trap"), Limits.defaults());
          Aggregate faulty = new Aggregate(Staged.hostile("merge", "fault"), Limits.defaults())) {
        for (int i = 0; i < ROUNDS; i++) {
          IngestResult result = batch.into(ingest, Long.MIN_VALUE);
          check(result.rejectCount() == 1, "rejects");
          byte[][] parts = {result.contributions(0).partial(0)};
          // the one is an instruction that traps, the other a fault of memory
          trap(panicking);
          trap(faulty);
          byte[] key = result.contributions(0).key(0);
          Object[] row = totals.finish(key, 0, 1, parts, 1, new byte[0]).row();
          check(row[0].equals(2L), "the row");
        }
      }
      return NativeLibrary.loads();
    }

    private static void trap(Aggregate aggregate) {
      try {
        aggregate.merge(new byte[][] {{(byte) 0x80}}, 1);
      } catch (ComponentException e) {
        check(e.code() == ComponentException.Code.TRAP, e.getMessage());
        return;
      }
      throw new AssertionError("no trap");
    }
  }

  /** The class loader of a job: it sees the JDK and the job's own classes, as new ones. */
  private static final class JobLoader extends URLClassLoader {
    JobLoader(URL... before) {
      super(path(before), ClassLoader.getPlatformClassLoader());
    }

    int roundtrip() throws ReflectiveOperationException {
      Class<?> type = loadClass(Roundtrip.class.getName());
      check(type != Roundtrip.class, "the class is not loaded again");
      return ((IntSupplier) type.getDeclaredConstructor().newInstance()).getAsInt();
    }

    private static URL[] path(URL[] before) {
      List<URL> urls = new ArrayList<>(List.of(before));
      for (String entry : System.getProperty("java.class.path").split(":")) {
        try {
          urls.add(Path.of(entry).toUri().toURL());
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
      return urls.toArray(new URL[0]);
    }
  }

  private static PhantomReference<ClassLoader> firstLoader(ReferenceQueue<ClassLoader> gone)
      throws Exception {
    try (JobLoader first = new JobLoader()) {
      check(first.roundtrip() == 1, "the first class loader");
      return new PhantomReference<>(first, gone);
    }
  }

  private static void collect(PhantomReference<ClassLoader> loader, ReferenceQueue<?> gone)
      throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (gone.remove(10) == null) {
      check(System.nanoTime() < deadline, loader + " was never collected");
      System.gc();
    }
  }

  /** Null dereferences that the JIT leaves to the processor, and stack overflows. */
  private static void provoke(AtomicBoolean stop, AtomicReference<Throwable> failure) {
    try {
      int[][] rows = {{1}, null};
      while (!stop.get()) {
        int caught = 0;
        for (int i = 1; i <= 20_000; i++) {
          try {
            caught -= rows[i % 1_000 == 0 ? 1 : 0].length;
          } catch (NullPointerException e) {
            caught += 20_000;
          }
        }
        check(caught == 20 * 20_000 - (20_000 - 20), "null dereferences: " + caught);
        boolean overflowed = false;
        try {
          depth(0);
        } catch (StackOverflowError e) {
          overflowed = true;
        }
        check(overflowed, "no stack overflow");
      }
    } catch (Throwable e) {
      failure.set(e);
    }
  }

  private static long depth(long above) {
    return depth(above + 1) + above;
  }

  /** Distinct files of the library that are mapped into this process. */
  private static int copies() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      Set<String> inodes =
          maps.filter(line -> line.contains("/component-jni-"))
              .map(line -> line.split(" +")[3] + "/" + line.split(" +")[4])
              .collect(Collectors.toSet());
      return inodes.size();
    }
  }

  /** What lies in the folders of this process. */
  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : folders()) {
      try (Stream<Path> entries = Files.list(folder)) {
        entries.forEach(files::add);
      }
    }
    return files;
  }

  private static void clearFolders() throws IOException {
    for (Path file : files()) {
      Files.delete(file);
    }
    for (Path folder : folders()) {
      Files.delete(folder);
    }
  }

  private static List<Path> folders() {
    return System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("io.wasmflink.component.library."))
        .map(name -> Path.of(System.getProperty(name)).getParent())
        .filter(Files::exists)
        .collect(Collectors.toList());
  }

  /** The same library with another digest. */
  private static URL otherLibrary() throws IOException {
    Path folder = Files.createTempDirectory("other-build");
    Path file = folder.resolve(LIBRARY);
    Files.createDirectories(file.getParent());
    try (var library = Scenario.class.getResourceAsStream("/" + LIBRARY)) {
      Files.copy(library, file);
    }
    Files.write(file, new byte[] {0}, StandardOpenOption.APPEND);
    return folder.toUri().toURL();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
