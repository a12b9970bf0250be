package io.wasmflink.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wasmflink.ingest.DeadLetter;
import io.wasmflink.ingest.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When requests are sent, and what becomes of what is not written. The server's part is played. */
class DeliveryOperatorTest {
  private static final Map<String, BlockingQueue<Sent>> SERVERS = new ConcurrentHashMap<>();

  private final Played server = new Played("server-" + System.nanoTime(), 1);
  private OneInputStreamOperatorTestHarness<Document, DeadLetter> harness;
  private long now = 1_000_000;

  @BeforeEach
  void open() throws Exception {
    SERVERS.put(server.name, new LinkedBlockingQueue<>());
    harness = harness(server);
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
    SERVERS.remove(server.name);
  }

  @Test
  void aFullRequestIsSentAtOnceAndAPartOfOneSoon() throws Exception {
    write("a", "b");
    assertTrue(requests().isEmpty(), "it waits for a third");
    write("c");
    assertEquals(List.of("a", "b", "c"), next().ids());
    write("d");
    later(DeliveryOperator.LINGER_MILLIS);
    assertTrue(requests().isEmpty(), "one at a time keeps the order");
  }

  @Test
  void whatIsNotAFullRequestIsSentAfterAWhile() throws Exception {
    write("a");
    later(DeliveryOperator.LINGER_MILLIS - 1);
    assertTrue(requests().isEmpty());
    later(1);
    assertEquals(List.of("a"), next().ids());
  }

  @Test
  void anOutageIsWaitedOutInOrderWithPauses() throws Exception {
    write("a", "b", "c", "d");
    answer(next().away());
    for (int attempt = 0; attempt < 20; attempt++) {
      assertTrue(requests().isEmpty(), "it pauses first");
      later(Backoff.LONGEST_MILLIS);
      Sent again = next();
      assertEquals(List.of("a", "b", "c"), again.ids());
      answer(again.away());
    }
    later(Backoff.LONGEST_MILLIS);
    answer(next().written());
    later(DeliveryOperator.LINGER_MILLIS);
    assertEquals(List.of("d"), next().ids());
  }

  @Test
  void refusedElementsComeOutAsLettersAndOthersGoOn() throws Exception {
    write("a", "b", "c");
    answer(next().refused("b", "no room for b"));
    List<DeadLetter> letters = letters();
    assertEquals(1, letters.size());
    assertEquals("index/b", letters.get(0).place());
    assertEquals("no room for b", letters.get(0).detail());
    write("d", "e", "f");
    assertEquals(List.of("d", "e", "f"), next().ids());
  }

  /** A checkpoint is not held up by a server that is away, and nothing is lost with the task. */
  @Test
  void whatIsNotWrittenIsInTheCheckpoint() throws Exception {
    write("a", "b", "c", "d");
    answer(next().away());
    harness.prepareSnapshotPreBarrier(1);
    OperatorSubtaskState state = harness.snapshot(1, now);
    harness.close();

    harness = harness(server);
    harness.initializeState(state);
    harness.open();
    later(DeliveryOperator.LINGER_MILLIS);
    assertEquals(List.of("a", "b", "c"), next().ids());
  }

  @Test
  void aRequestUnderWayIsInTheCheckpointToo() throws Exception {
    write("a", "b", "c", "d");
    Sent silent = next();
    OperatorSubtaskState state = harness.snapshot(1, now);
    answer(silent.written());
    harness.close();

    harness = harness(server);
    harness.initializeState(state);
    harness.open();
    later(DeliveryOperator.LINGER_MILLIS);
    answer(next().written());
    later(DeliveryOperator.LINGER_MILLIS);
    assertEquals(List.of("d"), next().ids());
  }

  @Test
  void aCheckpointComesAfterWhatAServerTakesThatAnswers() throws Exception {
    write("a", "b", "c", "d");
    Thread answers = answering(2);
    harness.prepareSnapshotPreBarrier(1);
    answers.join();
    OperatorSubtaskState state = harness.snapshot(1, now);
    harness.close();

    harness = harness(server);
    harness.initializeState(state);
    harness.open();
    later(DeliveryOperator.LINGER_MILLIS);
    assertTrue(requests().isEmpty(), "nothing was left to write");
  }

  @Test
  void aJobThatEndsHasWrittenEverything() throws Exception {
    write("a", "b", "c", "d");
    Thread answers = answering(2);
    ((BoundedOneInput) harness.getOperator()).endInput();
    answers.join();
    assertTrue(requests().isEmpty());
  }

  /** A full buffer holds up the input, and the first answer lets it go on. */
  @Test
  void theBufferIsBounded() throws Exception {
    int room = 15; // four full requests beside the one under way
    for (int i = 0; i < room; i++) {
      write("x" + i);
    }
    Thread task = Thread.currentThread();
    AtomicBoolean blocked = new AtomicBoolean();
    Thread answers =
        new Thread(
            () -> {
              while (task.getState() != Thread.State.TIMED_WAITING) {
                Thread.yield(); // Flink's mailbox waits in turns of some seconds
              }
              blocked.set(true);
              requests().remove().written().run();
            });
    answers.start();
    write("one too much");
    assertTrue(blocked.get(), "it was written without a pause");
    answers.join();
  }

  @Test
  void aRequestThatCanNotBeMadeFailsTheTask() throws Exception {
    write("a", "b", "c");
    next().answer.completeExceptionally(new ClassCastException("ours"));
    Exception failure = assertThrows(Exception.class, this::mails);
    assertTrue(failure.toString().contains("could not be made"), failure.toString());
  }

  @Test
  void severalRequestsAtATimeAreTriedAgainOneByOne() throws Exception {
    harness.close();
    Played two = new Played(server.name, 2);
    harness = harness(two);
    harness.open();
    write("a", "b", "c", "d", "e", "f");
    Sent first = next();
    Sent second = next();
    answer(first.away());
    answer(second.away());
    later(Backoff.LONGEST_MILLIS);
    Sent probe = next();
    assertTrue(requests().isEmpty(), "one asks whether the server is back");
    answer(probe.written());
    assertEquals(3, next().ids().size());
  }

  private OneInputStreamOperatorTestHarness<Document, DeadLetter> harness(Played played)
      throws Exception {
    OneInputStreamOperatorTestHarness<Document, DeadLetter> made =
        new OneInputStreamOperatorTestHarness<>(
            new Delivery.Factory<>(played), new Document.Serializer());
    made.setup(new DeadLetter.Serializer());
    made.setProcessingTime(now);
    return made;
  }

  private void write(String... ids) throws Exception {
    for (String id : ids) {
      harness.processElement(new StreamRecord<>(new Document(id, 1, new byte[0])));
    }
    mails();
  }

  private void later(long millis) throws Exception {
    now += millis;
    harness.setProcessingTime(now);
    mails();
  }

  /** What the task's thread does between elements. */
  private void mails() throws Exception {
    TaskMailbox mailbox = harness.getTaskMailbox();
    for (var mail = mailbox.tryTake(0); mail.isPresent(); mail = mailbox.tryTake(0)) {
      Mail due = mail.get();
      due.run();
    }
  }

  private void answer(Runnable how) throws Exception {
    how.run();
    mails();
  }

  private BlockingQueue<Sent> requests() {
    return SERVERS.get(server.name);
  }

  private Sent next() throws InterruptedException {
    Sent sent = requests().poll();
    assertTrue(sent != null, "no request");
    return sent;
  }

  /** A server that takes so many requests. */
  private Thread answering(int requests) {
    BlockingQueue<Sent> queue = requests();
    Thread thread =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < requests; i++) {
                  queue.take().written().run();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    return thread;
  }

  private List<DeadLetter> letters() {
    return harness.extractOutputValues();
  }

  /** A request, and the ways to answer it. */
  private static final class Sent {
    private final List<Document> elements;
    private final CompletableFuture<Answer<Document>> answer = new CompletableFuture<>();

    Sent(List<Document> elements) {
      this.elements = elements;
    }

    List<String> ids() {
      return elements.stream().map(Document::id).collect(Collectors.toList());
    }

    Runnable written() {
      return () -> answer.complete(Answer.written(List.of()));
    }

    Runnable away() {
      return () ->
          answer.complete(Answer.unfinished(elements, Outage.passing("it is away"), List.of()));
    }

    Runnable refused(String id, String words) {
      List<Answer.Refusal<Document>> refusals = new ArrayList<>();
      elements.stream()
          .filter(document -> document.id().equals(id))
          .forEach(document -> refusals.add(new Answer.Refusal<>(document, words)));
      return () -> answer.complete(Answer.written(refusals));
    }
  }

  /** Three elements of a byte each are a full request. */
  private static final class Played implements Destination<Document> {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final int atATime;

    Played(String name, int atATime) {
      this.name = name;
      this.atATime = atATime;
    }

    @Override
    public String title() {
      return name;
    }

    @Override
    public int requestElements() {
      return 3;
    }

    @Override
    public long requestBytes() {
      return 3;
    }

    @Override
    public int requestsInFlight() {
      return atATime;
    }

    @Override
    public long bytes(Document element) {
      return 1;
    }

    @Override
    public TypeSerializer<Document> serializer() {
      return new Document.Serializer();
    }

    @Override
    public DeadLetter letter(Document element, String words) {
      return DeadLetter.refused(
          "index/" + element.id(), element.body(), "refused", words, new TreeMap<>());
    }

    @Override
    public Client<Document> open() {
      BlockingQueue<Sent> queue = SERVERS.get(name);
      return new Client<>() {
        @Override
        public CompletableFuture<Answer<Document>> send(List<Document> elements) {
          Sent sent = new Sent(elements);
          queue.add(sent);
          return sent.answer;
        }

        @Override
        public void close() {
          // nothing is open
        }
      };
    }
  }
}
