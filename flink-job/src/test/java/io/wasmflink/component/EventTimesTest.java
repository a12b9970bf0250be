package io.wasmflink.component;

import static io.wasmflink.component.IngestTest.assertCode;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wasmflink.component.ComponentException.Code;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EventTimesTest {
  @Test
  void aValueHasItsTimeOrNone() {
    try (EventTimes times = new EventTimes(Staged.decoder(), Limits.defaults())) {
      String crime = Values.crime(1, "2018-03-11T02:30:00", "004", "THEFT");
      assertEquals(
          Values.millis("2018-03-11T02:30"), times.of(crime.getBytes(StandardCharsets.UTF_8)));
      assertEquals(Long.MIN_VALUE, times.of("no json".getBytes(StandardCharsets.UTF_8)));
      assertEquals(Long.MIN_VALUE, times.of(new byte[0]));
      assertCode(Code.INTERNAL, () -> times.of(null));
    }
  }

  @Test
  void closingTwiceIsOnceAndUseAfterItIsRefused() {
    EventTimes times = new EventTimes(Staged.decoder(), Limits.defaults());
    times.close();
    times.close();
    assertCode(Code.CLOSED, () -> times.of(new byte[0]));
  }
}
