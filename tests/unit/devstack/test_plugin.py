# SPDX-License-Identifier: Apache-2.0
"""The devstack plugin's phases, over stand-ins for devstack's functions."""

import configparser
import getpass
import os
import pathlib
import shutil
import subprocess
from importlib import metadata

import fixtures
import testtools

_HERE = pathlib.Path(__file__).parent
_TOP = _HERE.parents[2]
_PASTE = 'etc/evs-fake/api-paste.ini'

#: Of devstack's defaults, what the plugin can see.
_SERVICES = 'key,c-api,c-sch,c-vol,tempest'


def _cinders_paste() -> pathlib.Path:
    for file in metadata.files('cinder') or ():
        if file.name == 'api-paste.ini':
            return pathlib.Path(str(file.locate())).resolve()
    raise LookupError('Cinder came without its api-paste.ini')


class _Parser(configparser.ConfigParser):
    def optionxform(self, optionstr):
        return optionstr


def _read(path: pathlib.Path) -> dict[str, dict[str, str]]:
    # An option that is there several times counts once, as the last.
    parser = _Parser(interpolation=None, default_section='', strict=False)
    parser.read_string(path.read_text())
    return {name: dict(parser[name]) for name in parser.sections()}


class Devstack(fixtures.Fixture):
    """A tree in which scripts of a devstack run."""

    def _setUp(self):
        self.tree = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # What is no part of what devstack leaves.
        beside = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.calls_file = beside / 'calls'
        (beside / 'mounts').mkdir()
        self.mounts = beside / 'mounts'
        binaries = self.tree / 'bin'
        binaries.mkdir()
        self.command('evs-fake-manage', 'echo evs-fake-manage "$@" >>$CALLS')
        self.command('oslopolicy-sample-generator', 'touch "$4"')
        self.command('uwsgi', '')
        self.cinder('29.0.0')

    def command(self, name, script):
        path = self.tree / 'bin' / name
        path.write_text('#!/bin/bash\n%s\n' % script)
        path.chmod(0o755)

    def cinder(self, version):
        self.command('cinder-manage', 'echo %s' % version)

    def run(self, *scripts, **variables):
        environment = {
            'PATH': '%s:%s' % (self.tree / 'bin', os.environ['PATH']),
            'TREE': str(self.tree), 'CALLS': str(self.calls_file),
            'MOUNTS': str(self.mounts), 'PLUGIN': str(_TOP / 'devstack'),
            'CINDER_PASTE': str(_cinders_paste()),
            'ENABLED_SERVICES': _SERVICES, **variables}
        self.calls_file.write_text('')
        return subprocess.run(
            ['bash', str(_HERE / 'stand_ins.sh'), *scripts],
            env=environment, capture_output=True, text=True, check=False)

    def calls(self, name):
        return [line.removeprefix(name + ' ')
                for line in self.calls_file.read_text().splitlines()
                if line.startswith(name + ' ')]

    def files(self):
        return {str(path.relative_to(self.tree)): path.read_text()
                for path in sorted(self.tree.rglob('*')) if path.is_file()}


class Base(testtools.TestCase):

    devstack: Devstack

    @property
    def tree(self):
        return self.devstack.tree

    @property
    def data(self):
        return str(self.tree / 'data/evs-fake')

    def conf(self, name='etc/cinder/cinder.conf'):
        return _read(self.tree / name)

    def backend(self, name, **options):
        return {'volume_backend_name': name,
                'volume_driver': 'evs_fake.volume.driver.EVSFakeDriver',
                'evs_fake_pool_dir': '%s/pool/%s' % (self.data, name),
                **options}

    def served(self, name):
        return self.backend(
            name, evs_fake_attach='target', target_helper='tgtadm',
            target_protocol='iscsi', target_port='3260',
            target_prefix='iqn.2010-10.org.openstack:')


class TestOneLineInLocalConf(Base):
    """What a devstack gets that says no more than ``enable_plugin``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.devstack = Devstack()
        cls.devstack.setUp()
        cls.addClassCleanup(cls.devstack.cleanUp)
        cls.ended = cls.devstack.run('stack')

    def setUp(self):
        super().setUp()
        self.assertEqual((0, ''), (self.ended.returncode, self.ended.stderr))

    def test_conf(self):
        conf = self.conf()
        self.assertEqual('evs-1,evs-2', conf['DEFAULT']['enabled_backends'])
        self.assertEqual(
            {'backup_driver': 'cinder.backup.drivers.posix.PosixBackupDriver',
             'backup_posix_path': self.data + '/backups'},
            {name: value for name, value in conf['DEFAULT'].items()
             if name.startswith('backup_')})
        self.assertEqual(self.served('evs-1'), conf['evs-1'])
        self.assertEqual(self.served('evs-2'), conf['evs-2'])
        self.assertEqual(
            ['osapi_volume_extension = cinder.api.contrib.standard_extensions',
             'osapi_volume_extension = evs_fake.api.native.extension.register'
             ], [line for line in (self.tree / 'etc/cinder/cinder.conf')
                 .read_text().splitlines() if 'osapi' in line])
        self.assertEqual(
            ['--config-file %s/etc/cinder/cinder.conf db sync' % self.tree],
            self.devstack.calls('evs-fake-manage'))
        self.assertEqual([str(_TOP)], self.devstack.calls('setup_develop'))
        self.assertTrue(
            (self.tree / 'etc/cinder/policy.d/evs-fake.yaml').exists())

    def test_paste_is_what_ours_is(self):
        self.assertEqual(
            _read(_TOP / _PASTE), self.conf('etc/cinder/api-paste.ini'))

    def test_catalog(self):
        self.assertEqual(
            ['evs evs Elastic Volume Service',
             'cbr cbr Cloud Backup and Recovery'],
            self.devstack.calls('get_or_create_service'))
        self.assertEqual(
            ['evs RegionOne http://192.0.2.1:8776/v2/$(project_id)s',
             'cbr RegionOne http://192.0.2.1:8777/v3/$(project_id)s'],
            self.devstack.calls('get_or_create_endpoint'))

    def test_processes(self):
        uwsgi = '%s/bin/uwsgi --procname-prefix %s --ini %s/etc/cinder/%s'
        self.assertEqual(
            ['evs-api ' + uwsgi % (self.tree, 'evs-api', self.tree,
                                   'evs-fake-evs-uwsgi.ini'),
             'evs-cbr ' + uwsgi % (self.tree, 'evs-cbr', self.tree,
                                   'evs-fake-cbr-uwsgi.ini')],
            self.devstack.calls('run_process'))
        self.assertEqual(
            {'module': 'cinder.wsgi.api:application',
             'http': '0.0.0.0:8776'},
            self.conf('etc/cinder/evs-fake-evs-uwsgi.ini')['uwsgi'])
        self.assertEqual(
            {'module': 'evs_fake.api.cbr.wsgi:initialize_application()',
             'http': '0.0.0.0:8777'},
            self.conf('etc/cinder/evs-fake-cbr-uwsgi.ini')['uwsgi'])

    def test_volume_types(self):
        self.assertEqual(
            ['%s vendor_name evs-fake' % name for name in (
                'SATA', 'SAS', 'GPSSD', 'SSD', 'ESSD', 'GPSSD2', 'ESSD2')],
            self.devstack.calls('create_one_type'))

    def test_tempest(self):
        conf = self.conf('tempest/tempest.conf')
        self.assertEqual({'vendor_name': 'evs-fake',
                          'storage_protocol': 'iSCSI'}, conf['volume'])
        self.assertEqual(
            {'evs': 'True', 'cbr': 'True', 'control': 'True',
             'control_endpoint': 'http://192.0.2.1:8776/evs-fake/v1'},
            conf['evs_fake'])
        self.assertEqual(
            ['-evenv-tempest -- pip install --no-deps %s' % _TOP],
            self.devstack.calls('tox'))

    def test_pool(self):
        pool = self.data + '/pool'
        self.assertEqual(['-q -f -m reflink=1 %s.xfs' % pool],
                         self.devstack.calls('mkfs.xfs'))
        self.assertEqual(['-o loop,noatime %s.xfs %s' % (pool, pool)],
                         self.devstack.calls('mount'))
        self.assertEqual(1 << 20, os.stat(pool + '.xfs').st_size)
        self.assertEqual(0o700, os.stat(pool + '/evs-1').st_mode & 0o777)
        self.assertEqual(getpass.getuser(),
                         pathlib.Path(pool, 'evs-1').owner())


class TestPlugin(Base):

    def setUp(self):
        super().setUp()
        self.devstack = self.useFixture(Devstack())

    def run_scripts(self, *scripts, **variables):
        ended = self.devstack.run(*scripts, **variables)
        self.assertEqual((0, ''), (ended.returncode, ended.stderr))

    def refused(self, **variables):
        ended = self.devstack.run('stack', **variables)
        self.assertEqual(1, ended.returncode, ended.stderr)
        self.assertEqual([], self.devstack.calls('evs-fake-manage'))
        return ended.stderr.strip()

    def test_behind_a_tls_proxy(self):
        self.run_scripts('stack', ENABLED_SERVICES=_SERVICES + ',tls-proxy')
        self.assertEqual(['evs-api * 8776 192.0.2.1 18776',
                          'evs-cbr * 8777 192.0.2.1 18777'],
                         self.devstack.calls('start_tls_proxy'))
        self.assertEqual(
            '0.0.0.0:18777',
            self.conf('etc/cinder/evs-fake-cbr-uwsgi.ini')['uwsgi']['http'])
        self.assertIn('cbr RegionOne https://192.0.2.1:8777/v3/$(project_id)s',
                      self.devstack.calls('get_or_create_endpoint'))

    def test_no_volume_types(self):
        self.run_scripts('stack', EVS_FAKE_VOLUME_TYPES='')
        self.assertEqual([], self.devstack.calls('create_one_type'))

    def test_pool_in_a_directory(self):
        pool = self.tree / 'data/elsewhere'
        self.run_scripts('stack', EVS_FAKE_POOL='directory',
                         EVS_FAKE_POOL_DIR=str(pool))
        self.assertEqual([], self.devstack.calls('mkfs.xfs'))
        self.assertEqual([], self.devstack.calls('mount'))
        self.assertEqual([], self.devstack.calls('install_package'))
        self.assertEqual(['evs-1', 'evs-2'], sorted(os.listdir(pool)))

    def test_local_attach(self):
        self.run_scripts('stack', EVS_FAKE_ATTACH='local')
        self.assertEqual(self.backend('evs-1', evs_fake_attach='local'),
                         self.conf()['evs-1'])
        self.assertEqual(
            'local', self.conf('tempest/tempest.conf')['volume'][
                'storage_protocol'])

    def test_local_attach_where_devstack_has_no_tgt(self):
        self.run_scripts('stack', FEDORA='True')
        self.assertEqual('local', self.conf()['evs-1']['evs_fake_attach'])

    def test_beside_lvm(self):
        self.run_scripts(
            'stack', CINDER_ENABLED_BACKENDS='lvm:lvm-1,evsfake:evs-1')
        self.assertEqual('lvm-1,evs-1',
                         self.conf()['DEFAULT']['enabled_backends'])
        self.assertNotIn('lvm-1', self.conf())
        self.assertEqual('Open Source', self.conf('tempest/tempest.conf')[
            'volume']['vendor_name'])

    def test_backup_driver_of_the_user(self):
        self.run_scripts('stack', CINDER_BACKUP_DRIVER='swift')
        self.assertNotIn('backup_driver', self.conf()['DEFAULT'])
        self.assertFalse(os.path.exists(self.data + '/backups'))

    def test_active_active(self):
        self.run_scripts('stack', EVS_FAKE_VOLUME_SERVICES='2')
        self.assertEqual('evs-fake', self.conf()['DEFAULT']['cluster'])
        self.assertEqual('evs_fake.volume.manager.VolumeManager',
                         self.conf()['DEFAULT']['volume_manager'])
        self.assertEqual('local', self.conf()['evs-1']['evs_fake_attach'])
        second = 'etc/cinder/evs-fake-vol-2.conf'
        self.assertEqual({'DEFAULT': {'host': '%s-2' % os.uname().nodename}},
                         self.conf(second))
        self.assertIn(
            'evs-vol-2 %s/bin/cinder-volume --config-file '
            '%s/etc/cinder/cinder.conf --config-file %s/%s' % (
                self.tree, self.tree, self.tree, second),
            self.devstack.calls('run_process'))

    def test_host_of_volumes_only(self):
        self.run_scripts('stack', ENABLED_SERVICES='c-vol')
        self.assertEqual([], self.devstack.calls('get_or_create_service'))
        self.assertEqual([], self.devstack.calls('run_process'))
        self.assertEqual([], self.devstack.calls('evs-fake-manage'))
        self.assertIn('evs-1', self.conf())

    def test_without_cinder(self):
        self.run_scripts('stack', ENABLED_SERVICES='key,n-api')
        self.assertEqual([], self.devstack.calls('setup_develop'))

    def test_samples_of_local_conf(self):
        samples = sorted((_TOP / 'devstack').glob('local.conf.sample*'))
        self.assertEqual(3, len(samples))
        for sample in samples:
            variables = dict(
                line.split('=', 1) for line in sample.read_text().splitlines()
                if '=' in line and not line.startswith('#'))
            with self.subTest(sample=sample.name):
                self.run_scripts('stack', **variables)
                self.assertIn('evs-1', self.conf())

    def test_every_phase_twice_is_as_once(self):
        variables = {'EVS_FAKE_VOLUME_SERVICES': '2'}
        self.run_scripts('stack', **variables)
        once = self.devstack.files()
        self.run_scripts('unstack', 'clean', **variables)
        shutil.rmtree(self.tree / 'tempest')
        self.run_scripts('stack', TIMES='2', **variables)
        self.assertEqual(once, self.devstack.files())

    def test_stacked_again(self):
        self.run_scripts('stack')
        once = self.devstack.files()
        volume = pathlib.Path(self.data, 'pool/evs-1/volume')
        volume.touch()
        self.run_scripts('stack')
        self.assertEqual(once, self.devstack.files())
        self.assertEqual([], self.devstack.calls('mkfs.xfs'))

    def test_unstack(self):
        self.run_scripts('stack', EVS_FAKE_VOLUME_SERVICES='2')
        self.run_scripts('unstack', EVS_FAKE_VOLUME_SERVICES='2')
        self.assertEqual(['evs-cbr', 'evs-api', 'evs-vol-2'],
                         self.devstack.calls('stop_process'))
        self.assertEqual(
            ['--os-cloud devstack-system-admin service delete cbr',
             '--os-cloud devstack-system-admin service delete evs'],
            self.devstack.calls('openstack'))
        self.assertEqual([self.data + '/pool'],
                         self.devstack.calls('umount'))
        self.assertFalse(os.path.exists(self.data + '/pool.xfs'))

    def test_nothing_is_left(self):
        for variables in ({}, {'EVS_FAKE_VOLUME_SERVICES': '2'},
                          {'EVS_FAKE_POOL': 'directory'}):
            self.run_scripts('stack', **variables)
            # Twice: a clean-up that was cut short is run again.
            self.run_scripts('unstack', 'clean', 'unstack', 'clean', TIMES='2',
                             **variables)
            self.assertEqual(['evs-fake'] * 4,
                             self.devstack.calls('pip_uninstall'))
            self.assertEqual([], os.listdir(self.devstack.mounts))
            self.assertFalse(os.path.exists(self.data))
            files = self.devstack.files()
            self.assertEqual(_cinders_paste().read_text(),
                             files['etc/cinder/api-paste.ini'])
            self.assertNotIn('volume_revert', files['tempest/tempest.conf'])
            self.assertEqual([], [
                name for name, text in files.items()
                if not name.startswith('bin/')
                and 'evs' in (name + text).replace('-', '')])

    def test_clean_of_what_was_never_stacked(self):
        self.run_scripts('clean')
        self.assertFalse((self.tree / 'etc').exists())

    def test_refusals(self):
        self.assertIn('EVS_FAKE_ATTACH is iscsi or local: nfs',
                      self.refused(EVS_FAKE_ATTACH='nfs'))
        self.assertIn('EVS_FAKE_POOL is xfs or directory: ext4',
                      self.refused(EVS_FAKE_POOL='ext4'))
        self.assertIn('lioadm serves no files',
                      self.refused(CINDER_TARGET_HELPER='lioadm'))
        self.assertIn(
            'all back ends of a cluster are evsfake\'s: lvm:lvm-1',
            self.refused(EVS_FAKE_VOLUME_SERVICES='2',
                         CINDER_ENABLED_BACKENDS='evsfake:evs-1,lvm:lvm-1'))
        self.assertIn(
            'a cluster serves no targets',
            self.refused(EVS_FAKE_VOLUME_SERVICES='2',
                         EVS_FAKE_ATTACH='iscsi'))
        for version in ('26.1.0', '30.0.0.dev12'):
            self.devstack.cinder(version)
            self.assertEqual(
                'evs-fake works with Cinder 27 to 29, not with %s' % version,
                self.refused())
