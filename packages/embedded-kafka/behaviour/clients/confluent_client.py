# Copyright 2026 The labwire authors
# SPDX-License-Identifier: Apache-2.0

"""Scenarios of confluent-kafka (librdkafka): runs one and prints what it saw as JSON.

    confluent_client.py <scenario> <JSON: {"config": {...}, "topics": [...], "group": ...}>
"""

import json
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
)

TIMEOUT = 30


def producer(asked, **options):
    return Producer({**asked["config"], "linger.ms": 0, **options})


def consumer(asked, **options):
    config = {
        **asked["config"],
        "group.id": asked["group"],
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "topic.metadata.refresh.interval.ms": 500,
        "session.timeout.ms": 10000,
        "group.protocol": asked["protocol"],
        **options,
    }
    # In the protocol of KIP-848 that is the broker's to say.
    if config["group.protocol"] == "consumer":
        del config["session.timeout.ms"]
    return Consumer(config)


def take(consumers, count):
    """Polls in turn until so many messages have come."""
    messages = []
    deadline = time.monotonic() + TIMEOUT
    while len(messages) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(messages)} of {count} messages came")
        for one in consumers:
            message = one.poll(0.05)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            messages.append((one, message))
    return messages


def settle(consumers, shares):
    """Polls until the consumers have so many partitions each."""
    deadline = time.monotonic() + TIMEOUT
    while sorted(len(one.assignment()) for one in consumers) != sorted(shares):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{[len(one.assignment()) for one in consumers]}, not {shares}")
        for one in consumers:
            message = one.poll(0.05)
            if message is not None and not message.error():
                raise RuntimeError("a message came before its time")


def round_trip(asked):
    topic = asked["topics"][0]
    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    for codec in codecs:
        one = producer(asked, **{"compression.codec": codec, "enable.idempotence": True})
        for at in range(20):
            one.produce(topic, key=codec, value=f"{at}" * 50, headers={"at": f"{at}"})
        if one.flush(TIMEOUT):
            raise TimeoutError("not all was delivered")
    reader = consumer(asked)
    reader.subscribe([topic])
    values = {codec: [] for codec in codecs}
    for _, message in take([reader], 100):
        headers = dict(message.headers())
        assert message.value().decode() == headers["at"].decode() * 50
        values[message.key().decode()].append(int(headers["at"]))
    reader.commit(asynchronous=False)
    partitions = [TopicPartition(topic, partition) for partition in range(2)]
    committed = sum(max(one.offset, 0) for one in reader.committed(partitions, TIMEOUT))
    reader.close()
    return {"inOrder": all(found == list(range(20)) for found in values.values()),
            "committed": committed}


def shared(asked, **options):
    """Two consumers share four partitions; then one leaves."""
    topic = asked["topics"][0]
    members = [consumer(asked, **options), consumer(asked, **options)]
    for member in members:
        member.subscribe([topic])
    settle(members, [2, 2])
    writer = producer(asked)
    for at in range(40):
        writer.produce(topic, value=f"{at}", partition=at % 4)
    writer.flush(TIMEOUT)
    seen = sorted(int(message.value()) for _, message in take(members, 40))
    for member in members:
        member.commit(asynchronous=False)
    members[0].close()
    settle(members[1:], [4])
    members[1].close()
    return {"seen": seen == list(range(40))}


def eager(asked):
    return shared(asked, **{"partition.assignment.strategy": "range"})


def cooperative(asked):
    return shared(asked, **{"partition.assignment.strategy": "cooperative-sticky"})


def consumer_protocol(asked):
    return shared(asked, **{"group.protocol": "consumer"})


def pattern(asked):
    """A consumer of all topics by a pattern that the broker matches, and what is told of it."""
    client = AdminClient(asked["config"])
    reader = consumer(asked)
    reader.subscribe([f"^({'|'.join(asked['topics'])})"])
    settle([reader], [3])
    group = client.describe_consumer_groups([asked["group"]])[asked["group"]].result(TIMEOUT)
    member = group.members[0]
    reader.close()
    return {"type": group.type.name, "state": group.state.name,
            "assignor": group.partition_assignor, "members": len(group.members),
            "assigned": len(member.assignment.topic_partitions),
            "target": len(member.target_assignment.topic_partitions)}


def static_member(asked):
    topic = asked["topics"][0]
    instance = {"group.instance.id": "pod-0", "session.timeout.ms": 20000}
    before = consumer(asked, **instance)
    before.subscribe([topic])
    settle([before], [4])
    before.close()
    started = time.monotonic()
    after = consumer(asked, **instance)
    after.subscribe([topic])
    settle([after], [4])
    quick = time.monotonic() - started < 10
    after.close()
    return {"quick": quick}


def exactly_once(asked):
    """Consume, transform, produce; each batch is aborted once before it is committed."""
    source, target = asked["topics"]
    plain = producer(asked)
    for at in range(10):
        plain.produce(source, value=f"{at}")
    plain.flush(TIMEOUT)
    writer = producer(asked, **{"transactional.id": asked["transactionalId"]})
    writer.init_transactions(TIMEOUT)
    reader = consumer(asked)
    reader.subscribe([source])
    messages = take([reader], 10)
    for committed in [False, True]:
        writer.begin_transaction()
        for _, message in messages:
            writer.produce(target, value=b"out " + message.value())
        writer.send_offsets_to_transaction(
            reader.position(reader.assignment()), reader.consumer_group_metadata(), TIMEOUT)
        if committed:
            writer.commit_transaction(TIMEOUT)
        else:
            writer.flush(TIMEOUT)
            writer.abort_transaction(TIMEOUT)
    position = reader.committed(reader.assignment(), TIMEOUT)[0].offset
    reader.close()
    fenced = producer(asked, **{"transactional.id": asked["transactionalId"]})
    fenced.init_transactions(TIMEOUT)
    try:
        writer.begin_transaction()
        writer.produce(target, value=b"from a zombie")
        writer.commit_transaction(TIMEOUT)
        zombie = "committed"
    except KafkaException as error:
        zombie = error.args[0].name()
    outputs = consumer({**asked, "group": asked["group"] + "-outputs"})
    outputs.subscribe([target])
    values = [message.value().decode() for _, message in take([outputs], 10)]
    outputs.close()
    return {"values": values == [f"out {at}" for at in range(10)], "position": position,
            "zombie": zombie}


def steady(asked):
    """Produces and consumes little by little, whatever becomes of the brokers meanwhile."""
    topic = asked["topics"][0]
    writer = producer(asked, **{"enable.idempotence": True})
    reader = consumer(asked)
    reader.subscribe([topic])
    values = []
    for at in range(200):
        writer.produce(topic, value=f"{at}")
        writer.poll(0)
        message = reader.poll(0.02)
        if message is not None and not message.error():
            values.append(int(message.value()))
    if writer.flush(TIMEOUT):
        raise TimeoutError("not all was delivered")
    deadline = time.monotonic() + TIMEOUT
    while len(values) < 200 and time.monotonic() < deadline:
        message = reader.poll(0.05)
        if message is not None and not message.error():
            values.append(int(message.value()))
    reader.close()
    return {"values": values == list(range(200))}


def admin(asked):
    client = AdminClient(asked["config"])
    name = asked["topics"][0]
    client.create_topics([NewTopic(name, 2, 1)])[name].result(TIMEOUT)
    client.create_partitions([NewPartitions(name, 3)])[name].result(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while len(client.list_topics(name, TIMEOUT).topics[name].partitions) != 3:
        if time.monotonic() > deadline:
            raise TimeoutError("the third partition did not come")
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[
        ConfigEntry("retention.ms", "86400000", incremental_operation=AlterConfigOpType.SET)])
    client.incremental_alter_configs([resource])[resource].result(TIMEOUT)
    config = client.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name)])
    retention = list(config.values())[0].result(TIMEOUT)["retention.ms"].value
    writer = producer(asked)
    for at in range(5):
        writer.produce(name, value=f"{at}", partition=0)
    writer.flush(TIMEOUT)
    client.delete_records([TopicPartition(name, 0, 2)])[TopicPartition(name, 0)].result(TIMEOUT)
    spec = {TopicPartition(name, 0): OffsetSpec.earliest()}
    low = list(client.list_offsets(spec).values())[0].result(TIMEOUT).offset
    reader = consumer(asked)
    reader.subscribe([name])
    take([reader], 3)
    reader.commit(asynchronous=False)
    group = client.describe_consumer_groups([asked["group"]])[asked["group"]].result(TIMEOUT)
    reader.close()
    client.delete_consumer_groups([asked["group"]])[asked["group"]].result(TIMEOUT)
    topics = client.describe_cluster().result(TIMEOUT)
    client.delete_topics([name])[name].result(TIMEOUT)
    return {"retention": retention, "low": low, "state": group.state.name,
            "members": len(group.members), "nodes": len(topics.nodes)}


SCENARIOS = {one.__name__: one for one in [
    round_trip, eager, cooperative, consumer_protocol, pattern, static_member, exactly_once, steady, admin]}

if __name__ == "__main__":
    print(json.dumps(SCENARIOS[sys.argv[1]](json.loads(sys.argv[2]))))
