// The built program, as a shell runs it: the post-renderer is then a file of dist.
import * as assert from 'uvu/assert';
import {exitCodes} from '../../src/errors.ts';
import {makeWorld, type World} from '../helm/world.ts';
import {jsonError, run} from '../program.ts';
import {rigSuite} from '../rig/available.ts';

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: the program`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });
  const flags = ({kubeconfig, helmPath}: World, args: readonly string[] = []) => [
    ...['--kubeconfig', kubeconfig],
    ...(args.includes('--helm') || ['id', 'show', 'send'].includes(args[0]!) ? [] : ['--helm', helmPath]),
  ];

  test('enable, status and disable', ({world}) => {
    const enabled = run(['enable', '--yes', ...flags(world)]);
    assert.is(enabled.status, 0, enabled.stderr);
    assert.is(enabled.stdout, 'Usage metrics of seldon/core are on: revision 2, verified. Nothing else changed.\n');
    assert.match(enabled.stderr, /Plan\n {2}Cluster.*context rig[\s\S]*Adds.*ServiceAccount[\s\S]*send\s+--period/);
    assert.match(
      enabled.stderr.replace(/\s+/g, ' '),
      /Grants list nodes, in the whole cluster, to ServiceAccount kube-system\/seldon-spartakus-volunteer Runs gcr\.io\/google_containers\/spartakus-amd64:v1\.1\.0, which posts to http:\/\/seldon-core-stats\.seldon\.io/,
    );
    const status = run(['status', '--json', ...flags(world)]);
    assert.is(status.status, 0, status.stderr);
    assert.equal(JSON.parse(status.stdout).releases[0].value.on, true);
    const disabled = run(['disable', '--yes', '--json', ...flags(world)]);
    assert.is(disabled.status, 0, disabled.stderr);
    assert.is(disabled.stderr, '');
    const {outcome, revision, plan} = JSON.parse(disabled.stdout);
    assert.equal([outcome, revision, plan.removed.length], ['changed', 3, 5]);
    const again = run(['disable', '--yes', ...flags(world)]);
    assert.equal([again.status, again.stdout], [0, 'Usage metrics of seldon/core are off already: nothing to do.\n']);
  });

  const refused: [args: string[], code: keyof typeof exitCodes, says: RegExp][] = [
    [['enable'], 'usage', /no terminal to ask on/],
    [['disable'], 'usage', /no terminal to ask on/],
    [['toggle'], 'usage', /no terminal to ask on/],
    [['toggle', '--yes'], 'usage', /--yes/],
    [
      ['enable', '--yes', '--release', 'cor'],
      'release',
      /^There is no release cor of .*; found: core in the namespace seldon\.$/,
    ],
    [['enable', '--yes', '--release', 'cor', '-n', 'seldon'], 'release', /; found: core\.$/],
    [['enable', '--yes', '-n', 'kube-public'], 'release', /; found: core in the namespace seldon\.$/],
    [
      ['status', '--release', 'cor'],
      'release',
      /^There is no release cor of .*; found: core in the namespace seldon\.$/,
    ],
    [['enable', '--yes', '-n', 'nosuch'], 'usage', /^The cluster has no namespace nosuch\.$/],
    [['status', '-n', 'nosuch'], 'usage', /^The cluster has no namespace nosuch\.$/],
    [['id', '-n', 'nosuch'], 'usage', /^The cluster has no namespace nosuch\.$/],
    [['show', '-n', 'nosuch'], 'usage', /^The cluster has no namespace nosuch\.$/],
    [
      ['send', '--dry-run', '--url', 'https://c.example', '-n', 'nosuch'],
      'usage',
      /^The cluster has no namespace nosuch\.$/,
    ],
    [['enable', '--yes', '--context', 'other'], 'usage', /no context other/i],
    [['enable', '--yes', '--helm', '/nonexistent'], 'usage', /is not a program/],
    [['enable', '--yes', '--helm', process.execPath], 'helm', /does not tell its version/],
    [['enable', '--yes', '--helm', '/bin/true'], 'helm', /does not tell its version/],
    [
      ['enable', '--yes', '--accept-unmarked', 'seldon-notes'],
      'usage',
      /--accept-unmarked: seldon-notes does not name an object/,
    ],
  ];
  // None of them comes as far as Helm's own ways.
  for (const [args, code, says] of major === 3 ? refused : [])
    test(`${args.join(' ').replace(process.execPath, 'node')} ends with ${exitCodes[code]}`, ({world}) => {
      const ended = run([args[0]!, '--json', ...flags(world, args), ...args.slice(1)]);
      assert.is(ended.status, exitCodes[code], ended.stderr);
      assert.match(jsonError(ended).message, says);
    });

  test('toggle --dry-run shows the opposite of what is there', ({world}) => {
    const {status, stdout, stderr} = run(['toggle', '--dry-run', ...flags(world)]);
    assert.is(status, 0, stderr);
    assert.match(stdout, /can be turned on\. Nothing was changed/);
  });

  test.run();
}
