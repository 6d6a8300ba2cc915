// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Scenarios of Kafka's own Java clients: runs one and prints what it saw, one "name=value" a line.
 *
 * <p>JavaClient scenario topics group transactionalId [property=value...]
 */
@SuppressWarnings("removal") // Clients of before 4.0 know the state of a group by no other name.
public class JavaClient {
  static final long TIMEOUT_MS = 30_000;

  final Properties properties = new Properties();
  final List<String> topics;
  final String group;
  private final String transactionalId;

  JavaClient(String[] args) {
    topics = List.of(args[1].split(","));
    group = args[2];
    transactionalId = args[3];
    for (int at = 4; at < args.length; at++) {
      String[] pair = args[at].split("=", 2);
      properties.put(pair[0], pair[1].replace("\\n", "\n"));
    }
  }

  public static void main(String[] args) throws Exception {
    JavaClient client = new JavaClient(args);
    Map<String, Object> seen =
        switch (args[0]) {
          case "roundTrip" -> client.roundTrip();
          case "eager" -> client.shared(assignor("RangeAssignor"));
          case "cooperative" -> client.shared(assignor("CooperativeStickyAssignor"));
          case "consumerProtocol" -> client.shared(Map.of("group.protocol", "consumer"));
          case "staticMember" -> client.staticMember();
          case "exactlyOnce" -> client.exactlyOnce();
          case "steady" -> client.steady();
          case "admin" -> client.admin();
          default -> throw new IllegalArgumentException(args[0]);
        };
    print(seen);
  }

  static void print(Map<String, Object> seen) {
    seen.forEach((name, value) -> System.out.println(name + "=" + value));
  }

  private static Map<String, String> assignor(String name) {
    return Map.of(
        "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + name);
  }

  private KafkaProducer<String, String> producer(Map<String, String> options) {
    Properties all = new Properties();
    all.putAll(properties);
    all.putAll(options);
    return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
  }

  KafkaConsumer<String, String> consumer(String groupId, Map<String, String> options) {
    Properties all = new Properties();
    all.putAll(properties);
    all.put("group.id", groupId);
    all.put("auto.offset.reset", "earliest");
    all.put("enable.auto.commit", "false");
    all.put("isolation.level", "read_committed");
    all.put("fetch.max.wait.ms", "100");
    all.putAll(options);
    if (!"consumer".equals(all.get("group.protocol"))) all.put("heartbeat.interval.ms", "200");
    return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
  }

  private static List<ConsumerRecord<String, String>> take(
      Collection<KafkaConsumer<String, String>> consumers, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    long deadline = System.currentTimeMillis() + TIMEOUT_MS;
    while (records.size() < count) {
      if (System.currentTimeMillis() > deadline) {
        throw new IllegalStateException(records.size() + " of " + count + " records came");
      }
      for (KafkaConsumer<String, String> one : consumers) {
        one.poll(Duration.ofMillis(50)).forEach(records::add);
      }
    }
    return records;
  }

  /** Polls until the consumers have this many partitions each. */
  static void settle(List<KafkaConsumer<String, String>> consumers, int share) {
    long deadline = System.currentTimeMillis() + TIMEOUT_MS;
    while (!consumers.stream().allMatch(one -> one.assignment().size() == share)) {
      if (System.currentTimeMillis() > deadline) {
        throw new IllegalStateException("The partitions were not shared");
      }
      for (KafkaConsumer<String, String> one : consumers) {
        if (!one.poll(Duration.ofMillis(50)).isEmpty()) {
          throw new IllegalStateException("A record came before its time");
        }
      }
    }
  }

  private Map<String, Object> roundTrip() {
    String topic = topics.get(0);
    List<String> codecs = List.of("none", "gzip", "snappy", "lz4", "zstd");
    for (String codec : codecs) {
      try (KafkaProducer<String, String> one = producer(Map.of("compression.type", codec))) {
        for (int at = 0; at < 20; at++) {
          one.send(new ProducerRecord<>(topic, codec, ("" + at).repeat(50)));
        }
      }
    }
    Map<String, List<String>> values = new TreeMap<>();
    long committed = 0;
    try (KafkaConsumer<String, String> reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(topic));
      for (ConsumerRecord<String, String> record : take(List.of(reader), 100)) {
        values.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record.value());
      }
      reader.commitSync();
      for (OffsetAndMetadata one : reader.committed(reader.assignment()).values()) {
        if (one != null) committed += one.offset();
      }
    }
    List<String> sent = new ArrayList<>();
    for (int at = 0; at < 20; at++) sent.add(("" + at).repeat(50));
    boolean inOrder = codecs.stream().allMatch(codec -> sent.equals(values.get(codec)));
    return new TreeMap<>(Map.of("inOrder", inOrder, "committed", committed));
  }

  /** Two consumers share four partitions; then one leaves. */
  private Map<String, Object> shared(Map<String, String> options) {
    String topic = topics.get(0);
    KafkaConsumer<String, String> first = consumer(group, options);
    KafkaConsumer<String, String> second = consumer(group, options);
    Set<TopicPartition> revoked = new TreeSet<>((a, b) -> a.partition() - b.partition());
    first.subscribe(
        List.of(topic),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            revoked.addAll(partitions);
          }

          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
    settle(List.of(first), 4);
    second.subscribe(List.of(topic));
    settle(List.of(first, second), 2);
    int revokedCount = revoked.size();
    try (KafkaProducer<String, String> writer = producer(Map.of())) {
      for (int at = 0; at < 40; at++) {
        writer.send(new ProducerRecord<>(topic, at % 4, null, "" + at));
      }
    }
    Set<String> seen = new TreeSet<>();
    take(List.of(first, second), 40).forEach(record -> seen.add(record.value()));
    first.commitSync();
    second.commitSync();
    second.close();
    settle(List.of(first), 4);
    first.close();
    return new TreeMap<>(Map.of("seen", seen.size(), "revoked", revokedCount));
  }

  private Map<String, Object> staticMember() {
    Map<String, String> options = Map.of("group.instance.id", "pod-0");
    Set<String> memberIds = new TreeSet<>();
    int generations = 0;
    for (int at = 0; at < 2; at++) {
      try (KafkaConsumer<String, String> one = consumer(group, options)) {
        one.subscribe(List.of(topics.get(0)));
        settle(List.of(one), 4);
        memberIds.add(one.groupMetadata().memberId());
        generations = one.groupMetadata().generationId();
      }
    }
    return new TreeMap<>(Map.of("members", memberIds.size(), "generation", generations));
  }

  private Map<String, Object> exactlyOnce() throws Exception {
    String source = topics.get(0);
    String target = topics.get(1);
    try (KafkaProducer<String, String> plain = producer(Map.of())) {
      for (int at = 0; at < 10; at++) plain.send(new ProducerRecord<>(source, "" + at));
    }
    Map<String, String> transactional = Map.of("transactional.id", transactionalId);
    KafkaProducer<String, String> writer = producer(transactional);
    writer.initTransactions();
    long position;
    try (KafkaConsumer<String, String> reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(source));
      List<ConsumerRecord<String, String>> records = take(List.of(reader), 10);
      TopicPartition partition = new TopicPartition(source, 0);
      for (boolean isCommitted : new boolean[] {false, true}) {
        writer.beginTransaction();
        for (ConsumerRecord<String, String> record : records) {
          writer.send(new ProducerRecord<>(target, "out " + record.value()));
        }
        writer.flush();
        writer.sendOffsetsToTransaction(
            Map.of(partition, new OffsetAndMetadata(reader.position(partition))),
            reader.groupMetadata());
        if (isCommitted) writer.commitTransaction();
        else writer.abortTransaction();
      }
      position = reader.committed(Set.of(partition)).get(partition).offset();
    }
    KafkaProducer<String, String> newer = producer(transactional);
    newer.initTransactions();
    String zombie = "committed";
    try {
      writer.beginTransaction();
      writer.send(new ProducerRecord<>(target, "from a zombie"));
      writer.commitTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException error) {
      zombie = "fenced";
    }
    writer.close(Duration.ZERO);
    newer.beginTransaction();
    newer.send(new ProducerRecord<>(target, "open"));
    newer.flush();
    List<String> values = new ArrayList<>();
    String state;
    int writers;
    try (KafkaConsumer<String, String> reader = consumer(group + "-outputs", Map.of());
        Admin admin = Admin.create(properties)) {
      state =
          admin
              .describeTransactions(List.of(transactionalId))
              .description(transactionalId)
              .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
              .state()
              .toString();
      TopicPartition partition = new TopicPartition(target, 0);
      writers =
          admin
              .describeProducers(List.of(partition))
              .partitionResult(partition)
              .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
              .activeProducers()
              .size();
      reader.subscribe(List.of(target));
      take(List.of(reader), 10).forEach(record -> values.add(record.value()));
      if (!reader.poll(Duration.ofMillis(500)).isEmpty()) values.add("what is open");
    }
    newer.abortTransaction();
    newer.close();
    return new TreeMap<>(
        Map.of(
            "values", String.join(",", values),
            "position", position,
            "zombie", zombie,
            "state", state,
            "writers", writers));
  }

  /** Produces and consumes little by little, whatever becomes of the brokers meanwhile. */
  private Map<String, Object> steady() {
    List<String> sent = new ArrayList<>();
    List<String> values = new ArrayList<>();
    try (KafkaProducer<String, String> writer = producer(Map.of());
        KafkaConsumer<String, String> reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(topics.get(0)));
      for (int at = 0; at < 200; at++) {
        sent.add("" + at);
        writer.send(new ProducerRecord<>(topics.get(0), "" + at));
        reader.poll(Duration.ofMillis(20)).forEach(record -> values.add(record.value()));
      }
      writer.flush();
      long deadline = System.currentTimeMillis() + TIMEOUT_MS;
      while (values.size() < sent.size() && System.currentTimeMillis() < deadline) {
        reader.poll(Duration.ofMillis(50)).forEach(record -> values.add(record.value()));
      }
    }
    return new TreeMap<>(Map.of("values", values.equals(sent)));
  }

  private Map<String, Object> admin() throws Exception {
    String topic = topics.get(0);
    TopicPartition partition = new TopicPartition(topic, 0);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, Object> seen = new TreeMap<>();
    try (Admin admin = Admin.create(properties)) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
      ConfigEntry entry = new ConfigEntry("retention.ms", "86400000");
      admin
          .incrementalAlterConfigs(
              Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
          .all()
          .get();
      long deadline = System.currentTimeMillis() + TIMEOUT_MS;
      while (admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size()
          != 3) {
        if (System.currentTimeMillis() > deadline) throw new IllegalStateException("No partition");
      }
      seen.put(
          "retention",
          admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms").value());
      try (KafkaProducer<String, String> writer = producer(Map.of())) {
        long time = System.currentTimeMillis();
        for (int at = 0; at < 5; at++) {
          writer.send(new ProducerRecord<>(topic, 0, at == 3 ? time + 9 : time + at, "k", "v"));
        }
      }
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all().get();
      seen.put("low", offset(admin, partition, OffsetSpec.earliest()));
      seen.put("high", offset(admin, partition, OffsetSpec.latest()));
      seen.put("maxTimestamp", offset(admin, partition, OffsetSpec.maxTimestamp()));
      admin
          .alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3)))
          .all()
          .get();
      seen.put(
          "committed",
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get()
              .get(partition)
              .offset());
      seen.put(
          "state",
          admin.describeConsumerGroups(List.of(group)).all().get().get(group).state());
      admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
      admin.deleteConsumerGroups(List.of(group)).all().get();
      seen.put("nodes", admin.describeCluster().nodes().get().size());
      seen.put("logDirs", admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0).size());
      seen.put("features", admin.describeFeatures().featureMetadata().get().finalizedFeatures()
          .containsKey("transaction.version"));
      admin.deleteTopics(List.of(topic)).all().get();
    }
    return seen;
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }
}
