"""The emulated AWS: moto's server, with three changes to its DynamoDB. `emulator.rs` runs it."""

import copy
import inspect
import sys
import threading

from moto.dynamodb import models
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.server import main

call = DynamoHandler.call_action
transact = models.DynamoDBBackend.transact_write_items
query = Table.query
parameters = inspect.signature(query)
lock = threading.Lock()


def one_at_a_time(self):
    """One request at a time: moto checks a condition and writes in two steps, between which another thread may write."""
    with lock:
        return call(self)


class Sharing:
    """`copy` for the backend. The copy of a table, to which a refused transaction returns, shares the items."""

    @staticmethod
    def deepcopy(value):
        if not isinstance(value, Table) or value.stream_shard is not None:
            return copy.deepcopy(value)
        shared = copy.copy(value)
        shared.items = copy.copy(value.items)
        if value.has_range_key:
            for partition, items in value.items.items():
                shared.items[partition] = dict(items)
        return shared


def transact_sharing(self, transact_items):
    """moto copies the whole table for each item of a transaction: minutes for a hundred items beside thousands. A put replaces an item
    and a deletion removes it, so that a copy can share it; only an update changes it in place."""
    updates = any("Update" in item for item in transact_items)
    models.copy = copy if updates else Sharing
    return transact(self, transact_items)


def query_partition(self, *arguments, **named):
    """moto sorts and compares all items of the table for each query; without an index, those of the partition are enough."""
    given = parameters.bind(self, *arguments, **named).arguments
    if given.get("index_name"):
        return query(self, *arguments, **named)
    partition, narrowed = given["hash_key"], copy.copy(self)
    narrowed.items = {partition: self.items[partition]} if partition in self.items else {}
    return query(narrowed, *arguments, **named)


DynamoHandler.call_action = one_at_a_time
models.DynamoDBBackend.transact_write_items = transact_sharing
Table.query = query_partition
sys.exit(main())
