"""The emulated AWS: moto's server, with changes to its DynamoDB. `emulator.rs` runs it."""

import copy
import inspect
import sys
import threading

from moto.core.serialize import ResponseSerializer
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.server import main

call = DynamoHandler.call_action
transact = models.DynamoDBBackend.transact_write_items
query = Table.query
value_of = ResponseSerializer.get_value
parameters = inspect.signature(query)
lock = threading.Lock()


def one_at_a_time(self):
    """One request at a time: moto checks a condition and writes in two steps, between which another thread may write."""
    with lock:
        return call(self)


class Sharing:
    """`copy` for one transaction. The copy of a table, to which a refused transaction returns, shares the items, and is made once."""

    def __init__(self, updates):
        self.updates = updates
        self.tables = {}

    def deepcopy(self, value):
        if not isinstance(value, Table) or value.stream_shard is not None:
            return copy.deepcopy(value)
        if value.name not in self.tables:
            self.tables[value.name] = self.shared(value)
        return self.tables[value.name]

    def shared(self, table):
        shared = copy.copy(table)
        shared.items = copy.copy(table.items)
        if not table.has_range_key:
            return copy.deepcopy(table) if self.updates else shared
        for partition, items in table.items.items():
            shared.items[partition] = dict(items)
        # A put replaces an item and a deletion removes it; only an update changes it in place.
        for update in self.updates:
            partition, place = (DynamoType(update["Key"][name]) for name in (table.hash_key_attr, table.range_key_attr))
            if update["TableName"] == table.name and place in shared.items.get(partition, {}):
                shared.items[partition][place] = copy.deepcopy(shared.items[partition][place])
        return shared


def transact_sharing(self, transact_items):
    """moto copies the whole table for each item of a transaction: minutes for a hundred items beside thousands."""
    models.copy = Sharing([item["Update"] for item in transact_items if "Update" in item])
    try:
        return transact(self, transact_items)
    finally:
        models.copy = copy


def query_partition(self, *arguments, **named):
    """moto sorts and compares all items of the table for each query; without an index, those of the partition are enough."""
    given = parameters.bind(self, *arguments, **named).arguments
    if given.get("index_name"):
        return query(self, *arguments, **named)
    partition, narrowed = given["hash_key"], copy.copy(self)
    narrowed.items = {partition: self.items[partition]} if partition in self.items else {}
    return query(narrowed, *arguments, **named)


def member(self, value, key, shape):
    """moto looks for each of the ten types of a value below several names, which takes half of its time."""
    if shape.name == "AttributeValue" and type(value) is dict:
        return value.get(key)
    return value_of(self, value, key, shape)


DynamoHandler.call_action = one_at_a_time
models.DynamoDBBackend.transact_write_items = transact_sharing
Table.query = query_partition
ResponseSerializer.get_value = member
sys.exit(main())
