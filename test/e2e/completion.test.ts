// The Tab key in real shells, with a kubeconfig whose names would like to be run.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import * as assert from 'uvu/assert';
import {folder, run} from '../program.ts';
import {honestSuite} from '../rig/honest-suite.ts';

const bin = join(import.meta.dirname, '../../bin');
const programs = join(folder, 'bin');
mkdirSync(programs);
symlinkSync(join(bin, 'run.js'), join(programs, 'seldon-usage'));
symlinkSync(join(bin, 'run.js'), join(programs, 'kubectl-seldon_usage'));
symlinkSync(join(bin, 'complete.js'), join(programs, 'kubectl_complete-seldon_usage'));
const touched = join(folder, 'touched');
const contexts = [
  'dev',
  'arn:aws:eks:eu:1:cluster/a',
  `$(touch ${touched})`,
  `\`touch ${touched}\``,
  `x;touch ${touched}`,
];
const kubeconfig = join(folder, 'config');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    contexts: contexts.map((name) => ({name, context: {cluster: 'c', user: 'u', namespace: 'team-a'}})),
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user: {}}],
  }),
);
writeFileSync(
  join(folder, 'other'),
  JSON.stringify({contexts: [{name: 'of-the-other', context: {cluster: 'c', user: 'u'}}]}),
);
const outbox = join(folder, '.local/state/seldon-usage/outbox');
mkdirSync(outbox, {recursive: true});
writeFileSync(join(outbox, '20261122T101500Z-3fa9c1.json'), '');
const env = {
  PATH: [programs, join(process.execPath, '..'), '/usr/bin', '/bin'].join(delimiter),
  HOME: folder,
  KUBECONFIG: kubeconfig,
};

/** In CI the shell is installed where it is not there. */
function has(shell: string): boolean {
  const there = () => existsSync(`/usr/bin/${shell}`);
  if (!there() && process.env.CI && process.getuid?.() === 0) {
    const quiet = {stdio: 'ignore', env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'}} as const;
    spawnSync('apt-get', ['update', '-qq'], quiet);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', shell], quiet);
  }
  return there();
}

/** What each shell offers for a command line, a line each; `$SCRIPT` is the script that the program prints. */
const shells: Record<string, (line: string) => string[]> = {
  bash: (line) => [
    '--norc',
    '-c',
    `source "$SCRIPT"; COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'; COMP_LINE=$1; COMP_POINT=\${#1}; compopt() { echo FILES; }; _seldon_usage; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    line,
  ],
  zsh: (line) => [
    '-f',
    '-c',
    `compdef() { :; }; source "$SCRIPT"; compset() { :; }; _files() { echo FILES; }; compadd() { print -rl -- "\${values[@]}"; }; words=("\${(@s: :)1}"); CURRENT=$#words; PREFIX=$words[-1]; _seldon_usage`,
    'zsh',
    line,
  ],
  fish: (line) => ['--no-config', '-c', 'source $SCRIPT; complete -C $argv[1]', line],
};
const cases: [line: string, plain: string, bash?: string][] = [
  ['seldon-usage sh', 'show'],
  ['seldon-usage serve c', 'check clusters'],
  ['seldon-usage show --context de', 'dev'],
  ['seldon-usage show --context ', 'arn:aws:eks:eu:1:cluster/a dev'],
  ['seldon-usage show --context arn:aws:', 'arn:aws:eks:eu:1:cluster/a', 'eks:eu:1:cluster/a'],
  ['seldon-usage show --context=de', 'dev'],
  ['seldon-usage show -n t', 'team-a'],
  ['seldon-usage enable --release seldon-core-v2-', 'seldon-core-v2-runtime seldon-core-v2-setup'],
  ['seldon-usage history discard 2', '20261122T101500Z-3fa9c1'],
  ['seldon-usage show --kubeconfig ~/other --context o', 'of-the-other'],
];

for (const [shell, args] of Object.entries(shells)) {
  const test = honestSuite(`completion in ${shell}`);
  if (!has(shell) && !process.env.CI) {
    console.error(`SKIPPED completion in ${shell}: it is not installed`);
    continue;
  }
  const script = join(folder, shell);
  writeFileSync(script, run(['completion', shell]).stdout);
  for (const [line, plain, special = plain] of cases)
    test(`${line}|`, () => {
      const {stdout, stderr} = spawnSync(shell, args(line), {
        env: {...env, SCRIPT: script},
        cwd: folder,
        encoding: 'utf8',
      });
      const values = stdout
        .trim()
        .split('\n')
        .map((one) => one.split('\t')[0]!.replace(/^--context=/, ''));
      assert.is(values.join(' '), shell === 'bash' ? special : plain, stderr);
      assert.not(existsSync(touched));
    });
  test.run();
}

const kubectl = honestSuite('completion by kubectl');
kubectl('the plugin kubectl asks answers in its protocol', () => {
  const {stdout} = spawnSync('kubectl_complete-seldon_usage', ['show', '--context', ''], {env, encoding: 'utf8'});
  assert.is(stdout, 'arn:aws:eks:eu:1:cluster/a\t\ndev\t\n:4\n');
});
kubectl('the script does the same', () => {
  const script = run(['completion', 'kubectl']).stdout;
  const {stdout} = spawnSync('sh', ['-c', script, 'sh', 'sh'], {env, encoding: 'utf8'});
  assert.match(stdout, /^show\t.*\n:4\n$/);
});
kubectl('as its plugin, help says how it is called', () => {
  const {stdout} = spawnSync('kubectl-seldon_usage', ['show', '--help'], {env, encoding: 'utf8'});
  assert.match(stdout, /^ {2}\$ kubectl seldon-usage show/m);
  assert.match(stdout, /^ {2}kubectl seldon-usage show/m);
  assert.not.match(stdout, /(?<!kubectl )seldon-usage (show|help)/);
  const wrong = spawnSync('kubectl-seldon_usage', ['sho'], {env, encoding: 'utf8'}).stderr;
  assert.match(wrong, /Did you mean: kubectl seldon-usage show\n {2}kubectl seldon-usage help lists/);
});
kubectl.run();
