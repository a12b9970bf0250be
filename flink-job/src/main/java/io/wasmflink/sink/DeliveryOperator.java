package io.wasmflink.sink;

import io.wasmflink.ingest.DeadLetter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Writes elements to a server without waiting for its answers. What the server refuses comes out as
 * dead letters; what it does not take at the moment is kept, stored with each checkpoint, and sent
 * again for as long as it needs. Input is held up only while the buffer is full.
 *
 * <p>All fields belong to the task's thread: answers come in through its mailbox.
 */
final class DeliveryOperator<T> extends AbstractStreamOperator<DeadLetter>
    implements OneInputStreamOperator<T, DeadLetter>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** How long an element waits for others to fill its request. */
  static final long LINGER_MILLIS = 200;

  /** How long a checkpoint waits for a server that does answer. */
  static final long CHECKPOINT_PATIENCE_MILLIS = 1_000;

  /** Room, in full requests beyond those in flight. */
  private static final int REQUESTS_WAITING = 4;

  private final Destination<T> destination;
  private final transient MailboxExecutor mailbox;

  private transient Client<T> client;
  private transient ListState<T> unwritten;
  private transient ArrayDeque<T> waiting;
  private transient Set<Request<T>> inFlight;
  private transient long waitingBytes;
  private transient long inFlightBytes;
  private transient boolean lingering;
  private transient boolean pausing;
  private transient boolean flushing;
  private transient Backoff backoff;
  private transient OutageLog log;
  private transient Counter retries;
  private transient Counter refused;

  DeliveryOperator(
      Destination<T> destination, MailboxExecutor mailbox, ProcessingTimeService timeService) {
    this.destination = destination;
    this.mailbox = mailbox;
    this.processingTimeService = timeService;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    waiting = new ArrayDeque<>();
    inFlight = new LinkedHashSet<>();
    unwritten =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("unwritten", destination.serializer()));
    for (T element : unwritten.get()) {
      add(element);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    backoff = new Backoff();
    log = new OutageLog(destination.title());
    retries = getMetricGroup().counter("retries");
    refused = getMetricGroup().counter("refused");
    getMetricGroup().gauge("unwrittenBytes", () -> waitingBytes + inFlightBytes);
    client = destination.open();
    linger();
  }

  @Override
  public void processElement(StreamRecord<T> element) throws Exception {
    while (waitingBytes + inFlightBytes >= room()) {
      mailbox.yield();
    }
    add(element.getValue());
    linger();
    send();
  }

  /**
   * Where the server answers, a checkpoint comes after all that was written before it. Where it
   * does not, the checkpoint holds what is not written, and nothing is held up.
   */
  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    if (pausing || isEmpty()) {
      return;
    }
    long until = now() + CHECKPOINT_PATIENCE_MILLIS;
    // only wakes this thread up: the loop looks at the clock
    processingTimeService.registerTimer(until, time -> {});
    flushing = true;
    send();
    while (!isEmpty() && !pausing && now() < until) {
      mailbox.yield();
    }
    flushing = false;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<T> all = new ArrayList<>();
    inFlight.forEach(request -> all.addAll(request.elements));
    all.addAll(waiting);
    unwritten.update(all);
  }

  /** A job that ends has written everything, however long that takes. */
  @Override
  public void endInput() throws Exception {
    flushing = true;
    send();
    while (!isEmpty()) {
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    if (client != null) {
      client.close();
    }
    super.close();
  }

  private long room() {
    return destination.requestBytes() * (REQUESTS_WAITING + destination.requestsInFlight());
  }

  private long now() {
    return processingTimeService.getCurrentProcessingTime();
  }

  private boolean isEmpty() {
    return waiting.isEmpty() && inFlight.isEmpty();
  }

  private void add(T element) {
    waiting.addLast(element);
    waitingBytes += destination.bytes(element);
  }

  /** Sees to it that what waits now is sent soon, in a full request or not. */
  private void linger() {
    if (lingering || waiting.isEmpty()) {
      return;
    }
    lingering = true;
    processingTimeService.registerTimer(
        now() + LINGER_MILLIS,
        time -> {
          lingering = false;
          if (!pausing && inFlight.size() < most()) {
            sendNext();
            send();
          }
          linger();
        });
  }

  /** After a failure one request tries whether the server is back. */
  private int most() {
    return backoff.failures() > 0 ? 1 : destination.requestsInFlight();
  }

  private boolean isFull() {
    return waiting.size() >= destination.requestElements()
        || waitingBytes >= destination.requestBytes();
  }

  private void send() {
    while (!waiting.isEmpty() && !pausing && inFlight.size() < most() && (flushing || isFull())) {
      sendNext();
    }
  }

  private void sendNext() {
    List<T> request = new ArrayList<>(Math.min(waiting.size(), destination.requestElements()));
    long bytes = 0;
    while (!waiting.isEmpty()
        && request.size() < destination.requestElements()
        && bytes < destination.requestBytes()) {
      T element = waiting.removeFirst();
      bytes += destination.bytes(element);
      request.add(element);
    }
    if (request.isEmpty()) {
      return;
    }
    waitingBytes -= bytes;
    inFlightBytes += bytes;
    Request<T> sent = new Request<>(request, bytes);
    inFlight.add(sent);
    client.send(request).whenComplete((answer, fault) -> deliver(sent, answer, fault));
  }

  /** On a thread of the client. */
  private void deliver(Request<T> request, Answer<T> answer, Throwable fault) {
    try {
      mailbox.execute(() -> answered(request, answer, fault), "answer of " + destination.title());
    } catch (RejectedExecutionException e) {
      LOG.debug("The task is over; an answer of {} comes too late.", destination.title(), e);
    }
  }

  private void answered(Request<T> request, Answer<T> answer, Throwable fault) throws Exception {
    inFlight.remove(request);
    inFlightBytes -= request.bytes;
    if (fault != null) {
      throw new IllegalStateException(
          "A request to " + destination.title() + " could not be made.", fault);
    }
    for (Answer.Refusal<T> refusal : answer.refusals()) {
      refused.inc();
      output.collect(new StreamRecord<>(destination.letter(refusal.element(), refusal.words())));
    }
    if (answer.outage().isPresent()) {
      keep(answer.again());
      pause(answer.outage().get());
    } else if (!pausing) {
      backoff.reset();
      log.succeeded(now());
    }
    send();
  }

  /** In front, so that they stay in order. */
  private void keep(List<T> elements) {
    for (int i = elements.size() - 1; i >= 0; i--) {
      waiting.addFirst(elements.get(i));
      waitingBytes += destination.bytes(elements.get(i));
    }
    linger();
  }

  private void pause(Outage outage) {
    retries.inc();
    log.failed(outage, waiting.size(), now());
    if (pausing) {
      return;
    }
    pausing = true;
    processingTimeService.registerTimer(
        now() + backoff.next(),
        time -> {
          pausing = false;
          if (inFlight.size() < most()) {
            sendNext();
          }
          send();
        });
  }

  /** Told from others by what it is, not by what it holds. */
  private static final class Request<T> {
    private final List<T> elements;
    private final long bytes;

    Request(List<T> elements, long bytes) {
      this.elements = elements;
      this.bytes = bytes;
    }
  }
}
