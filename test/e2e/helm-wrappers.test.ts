// Helm as people have it: behind wrappers and shims that say things of their own, or with a temporary directory of its own.
import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {makeWorld, tryChange, type World} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

function wrapper({folder, helmPath}: World, name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script.replaceAll('PROGRAM', helmPath)}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What a shim prints before Helm says its version, and what Helm says. */
const shims: Record<string, string> = {
  'a shim that names another program': 'case "$1" in version) echo "Using kubectl v1.30.2" ;; esac; exec PROGRAM "$@"',
  'a shim that warns': 'case "$1" in version) echo "WARNING: cached by shim v9.9.9" ;; esac; exec PROGRAM "$@"',
};

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: wrappers`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });

  for (const [name, script] of Object.entries(shims)) {
    test(name, async ({world}) => {
      const {changed, plan, error} = await tryChange(world, {helm: wrapper(world, 'shim', script), dryRun: true});
      assert.is(changed?.outcome, 'rehearsed', error?.message);
      assert.match(plan?.helm.version ?? '', new RegExp(`^v${major}\\.\\d+\\.\\d+$`));
    });
  }

  for (const version of [`v${major}.21`, `v${major}.21+unreleased`, `v${major}.21.0-rc.1`]) {
    test(`a source build that says ${version}`, async ({world}) => {
      const script = `case "$1" in version) echo "${version}"; exit ;; esac; exec PROGRAM "$@"`;
      const {changed, error} = await tryChange(world, {helm: wrapper(world, 'built', script), dryRun: true});
      assert.is(changed?.outcome, 'rehearsed', error?.message);
    });
  }

  test('a temporary directory of its own: said, with the ways out', async ({world}) => {
    // As in a snap: what others have in /tmp is not there.
    const script = `
case "$1" in version) exec PROGRAM "$@" ;; esac
elsewhere() { printf %s "$1" | sed 's#/[^ :]*/seldon-usage-helm-[^/:]*#/nonexistent#g'; }
for word do shift; set -- "$@" "$(elsewhere "$word")"; done
HELM_PLUGINS=$(elsewhere "$HELM_PLUGINS") KUBECONFIG=$(elsewhere "$KUBECONFIG") exec PROGRAM "$@"`;
    const {error} = await tryChange(world, {helm: wrapper(world, 'snap', script)});
    assert.is(error?.code, 'helm');
    const said = [error?.message, ...(error?.suggestions ?? [])].join('\n');
    assert.match(
      said,
      /does not see the files[\s\S]*snap has a temporary directory of its own[\s\S]*TMPDIR[\s\S]*--helm/,
      said,
    );
    assert.is((await world.history()).length, 1);
  });

  test.run();
}
