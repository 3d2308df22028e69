# SPDX-License-Identifier: Apache-2.0
"""``openstack evs snapshot``"""

import argparse

from osc_lib.command import command

from evs_fake.clients import arguments
from evs_fake.clients import rollback


class RollbackSnapshot(command.Command):
    """Roll a volume back to any of its snapshots, not only the newest."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser = super().get_parser(prog_name)
        arguments.add(parser, *rollback.ARGUMENTS)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        cloud = self.app.client_manager.evs_fake
        block_storage = self.app.client_manager.sdk_connection.block_storage
        snapshot = block_storage.find_snapshot(
            parsed_args.snapshot, ignore_missing=False)
        volume_id = snapshot.volume_id
        if parsed_args.volume is not None:
            volume_id = block_storage.find_volume(
                parsed_args.volume, ignore_missing=False).id
        rollback.start(cloud, snapshot.id, volume_id)
        if parsed_args.wait:
            rollback.wait(cloud, volume_id)
