# SPDX-License-Identifier: Apache-2.0
"""What CBR can protect: its types of resources and their providers."""

#: Type of the one resource a Cinder has.
VOLUME = 'OS::Cinder::Volume'

#: Types of resources by what a vault is for.
TYPES = {
    'disk': (VOLUME,),
    'server': ('OS::Nova::Server', 'OS::Ironic::BareMetalServer',
               'OS::Native::Server'),
    'turbo': ('OS::Sfs::Turbo',),
    'workspace': ('OS::Workspace::DesktopV2',),
}

IDS = {
    'server': '0daac4c5-6707-4851-97ba-169e36266b66',
    'disk': 'd1603440-187d-4516-af25-121250c7cc97',
    'turbo': '3f3c3220-245c-4805-b811-758870015881',
    # Not documented: the server's.
    'workspace': '0daac4c5-6707-4851-97ba-169e36266b66',
}

SPECIFICATIONS = {
    'server': 'vault.backup.server.normal',
    'disk': 'vault.backup.volume.normal',
    'turbo': 'vault.backup.turbo.normal',
    'workspace': 'vault.backup.desktop.normal',
}
