package io.wasmflink.rival;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple5;
import org.apache.flink.connector.jdbc.JdbcConnectionOptions;
import org.apache.flink.connector.jdbc.JdbcExecutionOptions;
import org.apache.flink.connector.jdbc.JdbcSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The benchmark's rival: the same two tables by hand-written Java with every trick of the trade
 * that keeps the code ordinary (typed tuples without Kryo, object reuse, incremental aggregates,
 * event time from the Kafka timestamp). It only counts: records that come twice count twice, bad
 * ones fail the job.
 *
 * <p>Arguments: bootstrap servers, topic, JDBC URL, user; the password is in PGPASSWORD.
 */
public final class PlainJavaJob {
  private static final int THRESHOLD = 14;

  private PlainJavaJob() {}

  public static void main(String[] arguments) throws Exception {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment.getConfig().disableGenericTypes();
    environment.getConfig().enableObjectReuse();
    // a bounded job ends with a checkpoint, so it must not be waited for; both jobs have the same
    environment.enableCheckpointing(1_000, CheckpointingMode.EXACTLY_ONCE);
    environment.getCheckpointConfig().setMinPauseBetweenCheckpoints(500);
    JdbcConnectionOptions database =
        new JdbcConnectionOptions.JdbcConnectionOptionsBuilder()
            .withUrl(arguments[2])
            .withDriverName("org.postgresql.Driver")
            .withUsername(arguments[3])
            .withPassword(System.getenv("PGPASSWORD"))
            .build();

    KafkaSource<Tuple2<Tuple2<String, Integer>, Boolean>> source =
        KafkaSource.<Tuple2<Tuple2<String, Integer>, Boolean>>builder()
            .setBootstrapServers(arguments[0])
            .setTopics(arguments[1])
            .setGroupId("plain-java")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setDeserializer(new Crimes())
            .build();
    DataStream<Tuple2<Tuple2<String, Integer>, Boolean>> crimes =
        environment.fromSource(
            source,
            WatermarkStrategy.forBoundedOutOfOrderness(java.time.Duration.ofMinutes(1)),
            "crimes");

    crimes
        .keyBy(crime -> crime.f0.f1, Types.INT)
        .window(TumblingEventTimeWindows.of(Time.days(1)))
        .aggregate(new Count(), new DayRow(), COUNTS, COUNTS, ROW)
        .addSink(
            sink(
                "INSERT INTO crime_per_district_day (total_crimes, domestic_crimes, arrests, district,"
                    + " window_start, window_end) VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT (district,"
                    + " window_start) DO UPDATE SET total_crimes = EXCLUDED.total_crimes,"
                    + " domestic_crimes = EXCLUDED.domestic_crimes, window_end = EXCLUDED.window_end",
                (statement, row) -> {
                  statement.setInt(1, row.f0.f0);
                  statement.setInt(2, row.f0.f1);
                  bindWindow(statement, 3, row);
                },
                database));
    crimes
        .keyBy(crime -> crime.f0, Types.TUPLE(Types.STRING, Types.INT))
        .window(SlidingEventTimeWindows.of(Time.hours(5), Time.minutes(30)))
        .aggregate(new Count(), new AnomalyRow(), COUNTS, COUNTS, ROW)
        .addSink(
            sink(
                "INSERT INTO crimes_anomaly (total_crimes, primary_type, district, window_start,"
                    + " window_end) VALUES (?, ?, ?, ?, ?) ON CONFLICT (primary_type, district,"
                    + " window_start) DO UPDATE SET total_crimes = EXCLUDED.total_crimes, window_end ="
                    + " EXCLUDED.window_end",
                (statement, row) -> {
                  statement.setInt(1, row.f0.f0);
                  statement.setString(2, row.f1);
                  bindWindow(statement, 3, row);
                },
                database));
    environment.execute("plain Java");
  }

  private static final TypeInformation<Tuple2<Integer, Integer>> COUNTS =
      Types.TUPLE(Types.INT, Types.INT);
  private static final TypeInformation<
          Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>>
      ROW = Types.TUPLE(COUNTS, Types.STRING, Types.INT, Types.LONG, Types.LONG);

  private static void bindWindow(
      PreparedStatement statement,
      int first,
      Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long> row)
      throws SQLException {
    statement.setInt(first, row.f2);
    statement.setObject(first + 1, LocalDateTime.ofEpochSecond(row.f3 / 1000, 0, ZoneOffset.UTC));
    statement.setObject(first + 2, LocalDateTime.ofEpochSecond(row.f4 / 1000, 0, ZoneOffset.UTC));
  }

  private static SinkFunction<Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>> sink(
      String sql,
      org.apache.flink.connector.jdbc.JdbcStatementBuilder<
              Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>>
          binder,
      JdbcConnectionOptions database) {
    return JdbcSink.sink(
        sql,
        binder,
        JdbcExecutionOptions.builder().withBatchSize(1_000).withBatchIntervalMs(500).build(),
        database);
  }

  /** Type and district, and whether it was domestic. Records without district are left out. */
  private static final class Crimes
      implements KafkaRecordDeserializationSchema<Tuple2<Tuple2<String, Integer>, Boolean>> {
    private static final long serialVersionUID = 1L;
    private transient ObjectMapper mapper;

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record,
        Collector<Tuple2<Tuple2<String, Integer>, Boolean>> out)
        throws java.io.IOException {
      if (mapper == null) {
        mapper = new ObjectMapper();
      }
      JsonNode crime = mapper.readTree(record.value());
      String district = crime.get("District").textValue();
      // what the components check as well: without a date that can be read, a record counts nowhere
      LocalDateTime.parse(crime.get("Date").textValue());
      if (!district.isEmpty()) {
        out.collect(
            Tuple2.of(
                Tuple2.of(crime.get("Primary_Type").textValue(), Integer.valueOf(district)),
                "true".equals(crime.get("Domestic").textValue())));
      }
    }

    @Override
    public TypeInformation<Tuple2<Tuple2<String, Integer>, Boolean>> getProducedType() {
      return Types.TUPLE(Types.TUPLE(Types.STRING, Types.INT), Types.BOOLEAN);
    }
  }

  private static final class Count
      implements AggregateFunction<
          Tuple2<Tuple2<String, Integer>, Boolean>,
          Tuple2<Integer, Integer>,
          Tuple2<Integer, Integer>> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tuple2<Integer, Integer> createAccumulator() {
      return Tuple2.of(0, 0);
    }

    @Override
    public Tuple2<Integer, Integer> add(
        Tuple2<Tuple2<String, Integer>, Boolean> crime, Tuple2<Integer, Integer> counts) {
      counts.f0++;
      counts.f1 += crime.f1 ? 1 : 0;
      return counts;
    }

    @Override
    public Tuple2<Integer, Integer> getResult(Tuple2<Integer, Integer> counts) {
      return counts;
    }

    @Override
    public Tuple2<Integer, Integer> merge(
        Tuple2<Integer, Integer> one, Tuple2<Integer, Integer> other) {
      return Tuple2.of(one.f0 + other.f0, one.f1 + other.f1);
    }
  }

  private static final class DayRow
      extends ProcessWindowFunction<
          Tuple2<Integer, Integer>,
          Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>,
          Integer,
          TimeWindow> {
    private static final long serialVersionUID = 1L;

    @Override
    public void process(
        Integer district,
        Context context,
        Iterable<Tuple2<Integer, Integer>> counts,
        Collector<Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>> out) {
      TimeWindow window = context.window();
      out.collect(
          Tuple5.of(counts.iterator().next(), "", district, window.getStart(), window.getEnd()));
    }
  }

  private static final class AnomalyRow
      extends ProcessWindowFunction<
          Tuple2<Integer, Integer>,
          Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>,
          Tuple2<String, Integer>,
          TimeWindow> {
    private static final long serialVersionUID = 1L;

    @Override
    public void process(
        Tuple2<String, Integer> key,
        Context context,
        Iterable<Tuple2<Integer, Integer>> counts,
        Collector<Tuple5<Tuple2<Integer, Integer>, String, Integer, Long, Long>> out) {
      Tuple2<Integer, Integer> count = counts.iterator().next();
      if (count.f0 > THRESHOLD) {
        TimeWindow window = context.window();
        out.collect(Tuple5.of(count, key.f0, key.f1, window.getStart(), window.getEnd()));
      }
    }
  }
}
