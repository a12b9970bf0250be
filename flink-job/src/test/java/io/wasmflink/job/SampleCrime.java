package io.wasmflink.job;

import io.wasmflink.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** A crime that tests make up, as it is on the topic. */
public final class SampleCrime {
  public static final String TOPIC = "crime";

  private static final LocalDateTime UPDATED = LocalDateTime.parse("2018-02-10T15:50:01");

  public final long id;
  public final LocalDateTime date;
  public final int district;
  public final String type;
  public final boolean arrest;
  public final boolean domestic;
  public final LocalDateTime updated;

  public SampleCrime(
      long id,
      LocalDateTime date,
      int district,
      String type,
      boolean arrest,
      boolean domestic,
      LocalDateTime updated) {
    this.id = id;
    this.date = date;
    this.district = district;
    this.type = type;
    this.arrest = arrest;
    this.domestic = domestic;
    this.updated = updated;
  }

  /** A theft in district 4. */
  public static SampleCrime theft(long id, String date) {
    return new SampleCrime(id, LocalDateTime.parse(date), 4, "THEFT", false, false, UPDATED);
  }

  /** Ms on the wall clock. */
  public static long millis(String date) {
    return millis(LocalDateTime.parse(date));
  }

  /** Ms on the wall clock. */
  public static long millis(LocalDateTime date) {
    return date.toInstant(ZoneOffset.UTC).toEpochMilli();
  }

  public long time() {
    return millis(date);
  }

  /** The record of it, stamped with its event time. */
  public RawRecord record(int partition, long offset) {
    return new RawRecord(json(), TOPIC, partition, offset, time());
  }

  /** The value on the topic. */
  public byte[] json() {
    return String.format(
            "{\"ID\":\"%d\",\"Case_Number\":\"HZ%d\",\"Date\":\"%s\",\"Primary_Type\":\"%s\","
                + "\"Description\":\"SIMPLE\",\"Location_Description\":\"STREET\","
                + "\"Arrest\":\"%s\",\"Domestic\":\"%s\",\"District\":\"%03d\","
                + "\"Updated_On\":\"%s\",\"Latitude\":\"41.88\",\"Longitude\":\"-87.63\"}",
            id, id, seconds(date), type, arrest, domestic, district, seconds(updated))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String seconds(LocalDateTime time) {
    return time.toString().length() == 16 ? time + ":00" : time.toString();
  }
}
